import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerQuestions, now } from './helper.ts'

/**
 * The receivers, a process of their own with ten ports. Every request is counted. By path: `/timed` notes how long after
 * its publishing an event's first byte came; `/slow` answers just before the timeout; `/fails-first` fails each event's
 * first attempt, `/fails-twice` its first two, `/every-second-fails` every second request; anything else succeeds.
 */
const PORTS = 10
const SLOW_MS = 14_000

export interface Question {
  what: 'ports' | 'taken'
}
export interface Answer {
  ports: number[]
  /** requests ever, and when they were counted */
  count: number
  at: number
  /** ms from publishing to first byte, of what came since they were last asked for */
  latencies: number[]
}

let count = 0
const latencies: number[] = []
const seen = new Map<string, number>()

function statusOf(request: IncomingMessage): number {
  const { url } = request
  if (url === '/every-second-fails') return count % 2 === 0 ? 500 : 200
  const failures = url === '/fails-first' ? 1 : url === '/fails-twice' ? 2 : 0
  if (failures === 0) return 200
  const id = String(request.headers['webhook-id'])
  const before = seen.get(id) ?? 0
  seen.set(id, before + 1)
  return before < failures ? 500 : 200
}

const servers = Array.from({ length: PORTS }, () =>
  createServer((request, response) => {
    const arrivedAt = now()
    if (request.url === '/count') {
      response.end(String(count))
      return
    }
    count += 1
    const chunks: Buffer[] = []
    const status = statusOf(request)
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = (): void => void response.writeHead(status).end()
      if (request.url === '/slow') setTimeout(answer, SLOW_MS)
      else answer()
      if (request.url !== '/timed') return
      const payload: unknown = JSON.parse(Buffer.concat(chunks).toString())
      const hasTime = typeof payload === 'object' && payload !== null && 'publishedAt' in payload
      if (hasTime) latencies.push(arrivedAt - Number(payload.publishedAt))
    })
  }),
)
const listening = Promise.all(
  servers.map(
    (server) =>
      new Promise<number>((resolve) => {
        // a TCP server that listens has such an address
        server.listen(0, '127.0.0.1', () => {
          resolve((server.address() as AddressInfo).port)
        })
      }),
  ),
)

answerQuestions(async ({ what }: Question): Promise<Answer> => {
  const ports = await listening
  return { ports, count, at: now(), latencies: what === 'taken' ? latencies.splice(0) : [] }
})
