import type { IncomingMessage } from 'node:http'
import { type JsonValue, memberText, parseJson } from '@redrive/core'
import { exchangeOf } from './exchange.ts'
import { Problem } from './problem.ts'

/** Deeper than any honest payload, and shallow enough for code that walks a value recursively. */
const MAX_DEPTH = 128

/** A request's body: what it says, and the text that it was said with (payloads are cut out of it byte for byte). */
export interface JsonBody {
  value: JsonValue
  text: string
}

/** Reads a JSON body of at most `limit` bytes; null if there is none. Everything is checked before anything is parsed. */
export async function readJson(request: IncomingMessage, limit: number): Promise<JsonBody | null> {
  const text = await readText(request, limit, (contentType) => {
    if (!isJson(contentType)) {
      throw new Problem(415, 'The body must be JSON in UTF-8, with content-type: application/json')
    }
  })
  return text === null ? null : jsonBody(text)
}

/** Parses what is or has become JSON text. @throws Problem 400 */
export function jsonBody(text: string): JsonBody {
  const parsed = parseJson(text, { maxDepth: MAX_DEPTH })
  if (parsed.kind === 'problem') throw new Problem(400, parsed.detail)
  refuseDuplicates(text)
  return { value: parsed.value, text }
}

/** Reads a body of at most `limit` bytes of UTF-8; null if there is none. `checkType` throws for a type that is not taken. */
export async function readText(
  request: IncomingMessage,
  limit: number,
  checkType: (contentType: string | undefined) => void,
): Promise<string | null> {
  if (!hasBody(request)) return null
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw refusal(415, 'Compressed bodies are not accepted; send the JSON as it is')
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  const bytes = await readBytes(request, limit)
  if (bytes.length === 0) return null
  checkType(request.headers['content-type'])
  return decode(bytes)
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const exchange = exchangeOf(request)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    // the listeners go with the request: to take them off costs as much as to put them on
    let isSettled = false
    const refuse = (problem: Problem): void => {
      isSettled = true
      request.pause()
      reject(problem)
    }
    const take = (chunk: Buffer): void => {
      if (isSettled) return
      length += chunk.length
      if (length > limit) refuse(tooLarge(limit))
      else if (exchange.mayKeep(chunk.length)) chunks.push(chunk)
      else {
        refuse(refusal(503, 'Too many large requests are being read already; nothing was done', { 'retry-after': '1' }))
      }
    }
    const end = (): void => {
      if (isSettled) return
      isSettled = true
      const [only] = chunks
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, length))
    }
    const cut = (): void => {
      if (isSettled) return
      isSettled = true
      reject(new Problem(400, 'The request was cut off before its body had ended'))
    }
    request.on('data', take).on('end', end).on('error', cut).on('close', cut)
  })
}

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.-]+\+)?json *(?:; *charset *= *"?utf-8"? *)?$/i

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && JSON_TYPE.test(contentType.trim())
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Problem(400, 'The body is not valid UTF-8')
  }
}

/** Parsers differ in which of two members of one name they take, so that what was checked might not be what is meant. */
function refuseDuplicates(text: string): void {
  const slice = memberText(text, [''])
  if (slice.kind === 'duplicate') throw new Problem(400, `The member ${JSON.stringify(slice.member)} occurs twice`)
}

function tooLarge(limit: number): Problem {
  return refusal(413, `The body is larger than ${String(limit)} bytes`)
}

/** The rest of the body is not read, so the connection can't be used again. */
function refusal(status: 413 | 415 | 503, detail: string, headers: Record<string, string> = {}): Problem {
  return new Problem(status, detail, { headers: { ...headers, connection: 'close' } })
}
