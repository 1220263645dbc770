import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createConditions } from './conditions.ts'

/** A request that a receiver got, byte for byte. */
export interface ReceivedRequest {
  method: string
  url: string
  headers: http.IncomingHttpHeaders
  body: Buffer
  receivedAt: Date
  /** it came after that: all that had come by then was seen before */
  notBefore: Date
}

/** What a receiver answers; every part has a default (200, at once, empty). */
export interface Answer {
  status?: number
  headers?: Record<string, string | string[]>
  body?: string | Buffer
  delayMs?: number
}

export interface ReceiverOptions {
  /** The answer to each request: one for all, a sequence (its last goes on), or whatever a function says. */
  answer?: Answer | readonly Answer[] | ((request: ReceivedRequest, index: number) => Answer | Promise<Answer>)
  /** serve TLS with this key and certificate (PEM) */
  tls?: { key: string; cert: string }
}

export interface Receiver {
  /** "http://127.0.0.1:<port>", or https */
  url: string
  port: number
  /** in the order in which their bodies were complete */
  requests: ReceivedRequest[]
  /** requests being answered now, and the most that ever were at once */
  concurrency: { now: number; most: number }
  /** connections open now, and ever opened */
  connections: { open: number; total: number }
  /**
   * The most requests that came within any period of this length. While this process stands still nothing is seen to
   * come: what is not certain to have come within the period is not counted.
   */
  mostWithin(ms: number): number
  /** Changes what is answered from now on. */
  answerWith(answer: NonNullable<ReceiverOptions['answer']>): void
  /** Resolves with the requests once there are n of them; rejects at the deadline. */
  waitFor(n: number, options?: { timeoutMs?: number }): Promise<ReceivedRequest[]>
  /** Closes kept-alive connections that no request is using, as a restarting receiver does. */
  closeIdleConnections(): void
  close(): Promise<void>
}

const LOOK_MS = 5

/** Starts a real HTTP receiver on a free loopback port that records what it gets and answers as told. */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  let answer = options.answer ?? {}
  const requests: ReceivedRequest[] = []
  const concurrency = { now: 0, most: 0 }
  const connections = { open: 0, total: 0 }
  const conditions = createConditions()
  let arrived = 0
  let allSeenUntil = new Date()
  const looking = setInterval(() => {
    const now = new Date()
    // after what has come by now has been read, which on a new connection is a turn of the loop later
    setImmediate(() => setImmediate(() => (allSeenUntil = now)))
  }, LOOK_MS)

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const index = arrived++
    const notBefore = allSeenUntil
    concurrency.now += 1
    concurrency.most = Math.max(concurrency.most, concurrency.now)
    response.once('close', () => {
      concurrency.now -= 1
    })
    const chunks: Buffer[] = []
    // Without an encoding set, a request yields Buffers.
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const received: ReceivedRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
      receivedAt: new Date(),
      notBefore,
    }
    requests.push(received)
    conditions.changed()
    const { status = 200, headers = {}, body = '', delayMs = 0 } = await choose(answer, received, index)
    if (delayMs > 0) await delayUnlessGone(response, delayMs)
    if (!response.destroyed) response.writeHead(status, headers).end(body)
  }
  const listener: http.RequestListener = (request, response) => {
    handle(request, response).catch(() => {
      response.destroy()
    })
  }
  const server = options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener)
  server.on('connection', (socket: Socket) => {
    connections.open += 1
    connections.total += 1
    socket.once('close', () => {
      connections.open -= 1
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server's address is never a pipe's string.
  const { port } = server.address() as AddressInfo

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    port,
    requests,
    concurrency,
    connections,
    mostWithin: (ms) => mostWithin(ms, requests),
    answerWith: (next) => {
      answer = next
    },
    waitFor: async (n, { timeoutMs = 20_000 } = {}) => {
      await conditions.until(
        () => requests.length >= n,
        timeoutMs,
        () => `${String(n)} requests; ${String(requests.length)} came`,
      )
      return requests
    },
    closeIdleConnections: () => {
      server.closeIdleConnections()
    },
    close: async () => {
      clearInterval(looking)
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function choose(
  answer: NonNullable<ReceiverOptions['answer']>,
  request: ReceivedRequest,
  index: number,
): Answer | Promise<Answer> {
  if (typeof answer === 'function') return answer(request, index)
  if (isSequence(answer)) return answer[Math.min(index, answer.length - 1)] ?? {}
  return answer
}

function mostWithin(ms: number, requests: readonly ReceivedRequest[]): number {
  const inOrder = [...requests].sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime())
  let from = 0
  let most = 0
  for (const [at, { receivedAt }] of inOrder.entries()) {
    while ((inOrder[from]?.notBefore.getTime() ?? Infinity) <= receivedAt.getTime() - ms) from++
    most = Math.max(most, at - from + 1)
  }
  return most
}

/** Waits, but no longer than the client does. */
function delayUnlessGone(response: http.ServerResponse, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function isSequence(answer: Answer | readonly Answer[]): answer is readonly Answer[] {
  return Array.isArray(answer)
}
