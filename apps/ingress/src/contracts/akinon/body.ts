import type { Request } from 'express'
import { jsonBody, type JsonBody, readJson, readText } from '../../http/body.ts'
import { invalid } from '../../http/problem.ts'

export const FORM = 'application/x-www-form-urlencoded'
/** `instance[pk]` */
const MEMBER = /^instance\[(\w+)\]$/

/** JSON, or a form, which is made into the JSON that it stands for. */
export async function readAkinonBody(request: Request, limit: number): Promise<JsonBody | null> {
  if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== FORM) return readJson(request, limit)
  const text = await readText(request, limit, () => undefined)
  return text === null ? null : jsonBody(formAsJson(new URLSearchParams(text)))
}

/**
 * `instance` is JSON text, or comes member by member, of which `payload` is JSON text again. Such texts are spliced in as
 * they are, so that a payload keeps its bytes.
 */
function formAsJson(form: URLSearchParams): string {
  const members = new Map<string, string>()
  const instance = new Map<string, string>()
  for (const [name, value] of form) {
    const member = MEMBER.exec(name)?.[1]
    if (member === undefined) members.set(name, name === 'instance' ? json('instance', value) : JSON.stringify(value))
    else instance.set(member, member === 'payload' ? json('instance', value) : JSON.stringify(value))
  }
  if (instance.size > 0) members.set('instance', objectText(instance))
  return objectText(members)
}

function objectText(members: ReadonlyMap<string, string>): string {
  return `{${[...members].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}

/** @throws Problem naming the field */
function json(field: string, text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch {
    throw invalid([{ pointer: `/${field}`, detail: 'Value must be valid JSON.' }])
  }
}
