import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A process of its own: `/healthy` answers at once and notes how long after its publishing an event's first byte came
 * (same machine, same clock); `/slow` answers just before the timeout; anything else answers at once.
 */
const SLOW_MS = 14_000
const latencies: number[] = []

const server = createServer((request, response) => {
  const arrivedAt = Date.now()
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const answer = (): void => void response.writeHead(200).end()
    if (request.url === '/slow') setTimeout(answer, SLOW_MS)
    else answer()
    if (request.url !== '/healthy') return
    const payload: unknown = JSON.parse(Buffer.concat(chunks).toString())
    const hasTime = typeof payload === 'object' && payload !== null && 'publishedAt' in payload
    if (hasTime) latencies.push(arrivedAt - Number(payload.publishedAt))
  })
})
server.listen(0, '127.0.0.1', () => {
  // a TCP server that listens has such an address
  process.send?.({ port: (server.address() as AddressInfo).port })
})
/** Any message asks for what has been noted since the last. */
process.on('message', () => process.send?.({ latencies: latencies.splice(0) }))
process.on('disconnect', () => process.exit(0))
