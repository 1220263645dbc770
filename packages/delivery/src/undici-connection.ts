import type { Socket } from 'node:net'
import type { Client, Dispatcher } from 'undici'
import { createAnswerGate } from './answer-gate.ts'
import type { AnswerGate } from './answer-gate.ts'
import { MAX_HEADER_BYTES } from './exchange.ts'
import { IDLE_SOCKET_MS } from './guarded-agents.ts'

/** One connection with an undici client of its own, which never opens another. */
export interface UndiciConnection {
  readonly socket: Socket
  readonly gate: AnswerGate
  readonly alive: boolean
  /** whether a request has been on it before */
  used: boolean
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void
  close(): void
}

/** A receiver's `keep-alive: timeout` is cut by so much, as Node's agents do. */
const KEEP_ALIVE_MARGIN_MS = 1_000

export function createUndiciConnection(UndiciClient: typeof Client, origin: string, socket: Socket): UndiciConnection {
  let connected = false
  const client = new UndiciClient(origin, {
    connect: (_options, callback) => {
      // Not at once: undici looks at what waits only after its call of this function.
      queueMicrotask(() => {
        if (connected || socket.destroyed) {
          callback(Object.assign(new Error('The connection was closed'), { code: 'ECONNRESET' }), null)
        } else {
          connected = true
          callback(null, socket)
        }
      })
    },
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    // One deadline, which is the exchange's.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
  })
  return {
    socket,
    gate: createAnswerGate(socket),
    used: false,
    get alive() {
      return !socket.destroyed && socket.writable
    },
    dispatch: (options, handler) => {
      client.dispatch(options, handler)
    },
    close: () => {
      socket.destroy()
    },
  }
}
