import { storableText } from '@redrive/core'

/**
 * A response's headers as data: lower-case names, repeated fields joined by ", ". Built from the raw list because
 * Node's own object drops repetitions of some fields.
 */
export function captureHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = storableText(rawHeaders[index + 1] ?? '')
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  // fromEntries defines properties, so that a field named "__proto__" is only a field.
  return Object.fromEntries(headers)
}

/** A body as text. A character that the cut has split at the end is left out; invalid UTF-8 becomes U+FFFD. */
export function captureBody(chunks: readonly Buffer[], truncated: boolean): string {
  if (chunks.length === 0) return ''
  const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  return storableText(truncated ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true }) : bytes)
}

/** Collects the beginning of a body. `keep` keeps what there is room for; true once there is more than that. */
export function createCapture(limitBytes: number): { chunks: Buffer[]; keep: (chunk: Buffer) => boolean } {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    chunks,
    keep: (chunk) => {
      const room = limitBytes - bytes
      bytes += Math.min(room, chunk.length)
      // What is cut is copied, so that 16 KiB kept do not hold the 64 KiB that Node read them in.
      chunks.push(chunk.length > room ? Buffer.from(chunk.subarray(0, room)) : chunk)
      return chunk.length > room
    },
  }
}
