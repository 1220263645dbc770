import { now } from '../helper.ts'

/** What is published: events of these types in turn, with payloads of so many bytes, so many to a request. */
export interface Events {
  types: readonly string[]
  bytes: number
  batch: number
}

/** The time of publishing in a payload, always this long, so that a request's length is known before. */
const NO_TIME = '0000000000000.000'

/** Makes requests from templates: the time is written over the placeholder of each copy. */
export function createRequests(origin: string, key: string, events: Events): (at?: number) => Buffer {
  const templates = events.types.map((type) => template(origin, key, { ...events, type }))
  let n = 0
  return (at = now()) => {
    const { bytes, times } = templates[n++ % templates.length] ?? { bytes: Buffer.alloc(0), times: [] }
    const request = Buffer.from(bytes)
    for (const offset of times) request.write(at.toFixed(3), offset, 'latin1')
    return request
  }
}

function template(
  origin: string,
  key: string,
  { type, bytes, batch }: { type: string; bytes: number; batch: number },
): { bytes: Buffer; times: number[] } {
  const frame = `{"publishedAt":${NO_TIME},"text":""}`
  const payload = `{"publishedAt":${NO_TIME},"text":"${'x'.repeat(Math.max(0, bytes - frame.length))}"}`
  const event = `{"type":"${type}","payload":${payload}}`
  const body = batch === 1 ? event : `{"events":[${Array.from({ length: batch }, () => event).join(',')}]}`
  const head = [
    `POST /v1/events${batch === 1 ? '' : '/batch'} HTTP/1.1`,
    `host: ${new URL(origin).host}`,
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${String(body.length)}`,
  ]
  const text = `${head.join('\r\n')}\r\n\r\n${body}`
  const times: number[] = []
  for (let at = text.indexOf(NO_TIME); at !== -1; at = text.indexOf(NO_TIME, at + 1)) times.push(at)
  return { bytes: Buffer.from(text, 'latin1'), times }
}
