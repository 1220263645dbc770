import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { Dispatcher } from 'undici'
import { createCapture } from './capture.ts'
import { DeadlineError, MAX_INTERIM_ANSWERS, ProtocolError, STALE_WITHIN_MS, interruption } from './exchange.ts'
import type { Exchange, ExchangeRequest } from './exchange.ts'
import { interruptBy } from './interrupts.ts'
import type { Progress } from './open-connection.ts'
import type { UndiciConnection } from './undici-connection.ts'

interface ExchangeOptions extends Omit<ExchangeRequest, 'url'> {
  url: URL
  captureBytes: number
  tunnelled: boolean
  /** Grants a place for a connection; the function that is returned stops waiting for it. */
  lease(granted: (idle: UndiciConnection | undefined) => void): () => void
  /** Gives the place back, and the connection if it can be used again. */
  release(connection: UndiciConnection | undefined): void
  /** Opens a connection; the function that is returned gives up. */
  open(progress: Progress, done: (result: UndiciConnection | Error) => void): () => void
}

/** One request by undici. */
export function undiciExchange(options: ExchangeOptions): Promise<Exchange> {
  return new Promise((resolve) => {
    const { url, headers, body, signals, captureBytes } = options
    const { chunks, keep } = createCapture(captureBytes)
    const progress: Progress = {
      phase: options.tunnelled ? 'tunnel' : 'queue',
      timings: { dns: null, connect: null, tls: null, firstByte: null },
    }
    let connection: UndiciConnection | undefined
    let holdsPlace = false
    let stopWaiting = (): void => undefined
    let giveUp = (): void => undefined
    let stopListening = (): void => undefined
    let reused = false
    let bytesReadBefore = 0
    let sentAt = 0
    let interimAnswers = 0
    let head: { status: number; rawHeaders: string[] } | undefined
    let settled = false

    const settle = (result: Exchange, keepConnection: boolean): void => {
      settled = true
      clearTimeout(timer)
      stopListening()
      stopWaiting()
      giveUp()
      if (!keepConnection) connection?.close()
      // Not at once: undici may close the connection as soon as it has told of the answer's end.
      if (holdsPlace) {
        queueMicrotask(() => {
          options.release(connection)
        })
      }
      resolve(result)
    }
    const finish = (received: { status: number; rawHeaders: string[] }, truncated: boolean): void => {
      // Who answers before the end of the body need never read it.
      const sentWhole = connection?.socket.writableLength === 0
      settle(
        { kind: 'response', ...received, chunks, truncated, ...progress },
        !truncated && !options.fresh && sentWhole,
      )
    }
    const fail = (error: Error): void => {
      if (settled) return
      if (head !== undefined) {
        finish(head, true)
        return
      }
      const socket = connection?.socket
      const staleConnection =
        reused && socket?.bytesRead === bytesReadBefore && performance.now() - sentAt < STALE_WITHIN_MS
      if (progress.phase === 'send' && !options.tunnelled && socket?.writableLength === 0) progress.phase = 'answer'
      settle({ kind: 'failure', error, staleConnection, ...progress }, false)
    }
    const interrupt = (): void => {
      fail(interruption())
    }

    const answered = (status: number, rawHeaders: string[]): void => {
      if (settled) return
      connection?.gate.progressed()
      if (status < 100 || status === 101) fail(ProtocolError.status(status))
      else if (status < 200) {
        interimAnswers += 1
        if (interimAnswers > MAX_INTERIM_ANSWERS) fail(ProtocolError.interimAnswers())
      } else {
        head = { status, rawHeaders }
        progress.timings.firstByte = Math.round(performance.now() - sentAt)
      }
    }
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: ({ rawHeaders }, status) => {
        answered(status, latin1(rawHeaders))
      },
      onResponseData: (_controller, chunk) => {
        connection?.gate.progressed()
        if (!settled && head !== undefined && keep(chunk)) finish(head, true)
      },
      onResponseEnd: () => {
        // A body that ends with its connection has not ended well if that was reset.
        if (!settled && head !== undefined) finish(head, (connection?.socket.errored ?? null) !== null)
      },
      onResponseError: (_controller, error) => {
        fail(asNodeSays(error))
      },
    }
    const send = (on: UndiciConnection): void => {
      connection = on
      reused = on.used
      on.used = true
      bytesReadBefore = on.socket.bytesRead
      sentAt = performance.now()
      progress.phase = options.tunnelled ? 'answer' : 'send'
      on.gate.begin()
      const path = `${url.pathname}${url.search}`
      on.dispatch({ path, method: 'POST', headers, body, ...(options.fresh && { reset: true }) }, handler)
    }
    const granted = (idle: UndiciConnection | undefined): void => {
      holdsPlace = true
      if (idle !== undefined) {
        send(idle)
        return
      }
      giveUp = options.open(progress, (result) => {
        giveUp = () => undefined
        if ('socket' in result) send(result)
        else fail(result)
      })
    }

    const timer = setTimeout(() => {
      fail(new DeadlineError('request'))
    }, options.timeoutMs)
    if (signals.some((signal) => signal.aborted)) {
      interrupt()
      return
    }
    stopListening = interruptBy(signals, interrupt)
    try {
      for (const [name, value] of Object.entries(headers)) {
        validateHeaderName(name)
        validateHeaderValue(name, value)
      }
      stopWaiting = options.lease(granted)
    } catch (error) {
      // Node throws nothing else.
      fail(error as Error)
    }
  })
}

/** undici has raw headers as Buffers. */
function latin1(rawHeaders: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(rawHeaders)) return []
  return rawHeaders.map((text) => (typeof text === 'string' ? text : text.toString('latin1')))
}

/** An error of undici under the code that Node's client has for it. */
function asNodeSays(error: Error): Error {
  // undici's parser error has a code in its type, but none at run time, only the parser's reason.
  const reason = error.name === 'HTTPParserError' ? /\((.*)\)$/u.exec(error.message)?.[1] : undefined
  if (reason !== undefined) {
    const code = reason.includes('Content-Length') ? 'HPE_INVALID_CONTENT_LENGTH' : 'HPE_MALFORMED'
    return Object.assign(new Error(`Parse Error: ${reason}`), { code })
  }
  const code = 'code' in error ? error.code : undefined
  switch (code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return Object.assign(new Error(error.message), { code: 'HPE_HEADER_OVERFLOW' })
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return Object.assign(new Error(error.message), { code: 'HPE_UNEXPECTED_CONTENT_LENGTH' })
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_INFO':
      if (error.message === 'bad upgrade') return ProtocolError.upgrade()
      return Object.assign(new Error(error.message), { code: 'ECONNRESET' })
    default:
      return error
  }
}
