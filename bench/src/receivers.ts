import { type AddressInfo, createServer, type Socket } from 'node:net'
import { answerQuestions, now } from './helper.ts'

/**
 * The receivers, a process of their own with ten ports. Every request is counted. By path: `/timed` notes how long after
 * its publishing an event's first byte came; `/slow` answers just before the timeout; `/fails-first` fails each event's
 * first attempt, `/fails-twice` its first two, `/every-second-fails` every second request; anything else succeeds. They
 * stand for other machines, so they take as little of this one as they can.
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

interface Request {
  path: string
  /** the request line and the headers, as they came */
  head: string
  body: string
}

function statusOf({ path, head }: Request): 200 | 500 {
  if (path === '/every-second-fails') return count % 2 === 0 ? 500 : 200
  const failures = path === '/fails-first' ? 1 : path === '/fails-twice' ? 2 : 0
  if (failures === 0) return 200
  const id = /\r\nwebhook-id: (.*)/i.exec(head)?.[1] ?? ''
  const before = seen.get(id) ?? 0
  seen.set(id, before + 1)
  return before < failures ? 500 : 200
}

/** Of every answer, as Node's own server sends them. Idle connections are left to the clients, who heed this. */
let headers = ''
function dateHeaders(): void {
  headers = `Date: ${new Date().toUTCString()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n`
}
dateHeaders()
setInterval(dateHeaders, 1_000).unref()

/** Without a body, as `response.writeHead(status).end()` puts it. */
function answer(socket: Socket, status: 200 | 500): void {
  const line = status === 200 ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 500 Internal Server Error'
  socket.write(`${line}\r\n${headers}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'latin1')
}

function tell(socket: Socket, text: string): void {
  socket.write(`HTTP/1.1 200 OK\r\n${headers}Content-Length: ${String(text.length)}\r\n\r\n${text}`, 'latin1')
}

function take(socket: Socket, request: Request, arrivedAt: number): void {
  const { path, body } = request
  if (path === '/count') {
    tell(socket, String(count))
    return
  }
  count += 1
  const status = statusOf(request)
  if (path === '/slow') setTimeout(answer, SLOW_MS, socket, status)
  else answer(socket, status)
  if (path !== '/timed') return
  const payload: unknown = JSON.parse(body)
  const hasTime = typeof payload === 'object' && payload !== null && 'publishedAt' in payload
  if (hasTime) latencies.push(arrivedAt - Number(payload.publishedAt))
}

/** Of requests that come one after the other, with a length. */
function serve(socket: Socket): void {
  let received = ''
  let arrivedAt = 0
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    if (received === '') arrivedAt = now()
    received += chunk
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const head = received.slice(0, headEnd)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? (head.startsWith('GET ') ? 0 : undefined)
    if (length === undefined) throw new Error(`a request without a length: ${head}`)
    const end = headEnd + 4 + Number(length)
    if (received.length < end) return
    const request = { path: head.split(' ', 2)[1] ?? '', head, body: received.slice(headEnd + 4, end) }
    received = received.slice(end)
    take(socket, request, arrivedAt)
  })
}

const servers = Array.from({ length: PORTS }, () => createServer(serve))
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
