import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Got } from 'got'
import { literalAddress } from './address-policy.ts'

/** How far a request had got when it ended. */
export type Phase = 'queue' | 'tunnel' | 'dns' | 'connect' | 'tls' | 'send' | 'answer'

export interface PhaseTimings {
  dns: number | null
  connect: number | null
  tls: number | null
  firstByte: number | null
}

/** What one request on one connection came to, before it is put in the words of the domain. */
export type Exchange = { timings: PhaseTimings; phase: Phase } & (
  | { kind: 'response'; response: IncomingMessage; chunks: Buffer[]; truncated: boolean }
  | { kind: 'failure'; error: Error; staleConnection: boolean }
)

interface ExchangeOptions {
  client: Got
  url: string
  headers: Record<string, string>
  body: string
  /** the deadline over everything, in ms from now */
  timeoutMs: number
  connectTimeoutMs: number
  captureBytes: number
  /** connections go through an egress proxy, and are set up before got sees them */
  tunnelled: boolean
  /** any of them cuts the request */
  signals: readonly AbortSignal[]
}

type GotTimings = NonNullable<ReturnType<Got['stream']>['timings']>

/** The receiver broke HTTP in a way that Node's parser lets pass. */
class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code = 'ERR_RECEIVER_PROTOCOL'
}

/** More interim (1xx) answers than this are an attack or a fault. */
const MAX_INTERIM_ANSWERS = 100
/** A kept-alive connection that fails later than this after a request was put on it was not stale. */
const STALE_WITHIN_MS = 1_000

/**
 * Sends one request and settles exactly once, with every listener gone and the socket either back in its pool or
 * destroyed. Once the headers of an answer are in, it is a response whatever happens to its body.
 */
export function exchange(options: ExchangeOptions): Promise<Exchange> {
  return new Promise((resolve) => {
    const { client, url, signals, captureBytes } = options
    const stream = client.stream.post(url, {
      headers: options.headers,
      body: options.body,
      timeout: { request: options.timeoutMs, connect: options.connectTimeoutMs },
    })

    const chunks: Buffer[] = []
    let capturedBytes = 0
    let interimAnswers = 0
    let response: IncomingMessage | undefined
    let socket: Socket | undefined
    let bytesReadBefore = 0
    let onSocketAt = 0
    let settled = false

    const progress = (): { timings: PhaseTimings; phase: Phase } => {
      const { timings, reusedSocket = false } = stream
      const phases = reusedSocket || options.tunnelled ? undefined : timings?.phases
      return {
        timings: {
          dns: phases?.dns ?? null,
          connect: phases?.tcp ?? null,
          tls: phases?.tls ?? null,
          firstByte: timings?.phases.firstByte ?? null,
        },
        phase: options.tunnelled ? tunnelPhase(socket) : phaseReached(timings, new URL(url), reusedSocket),
      }
    }
    const settle = (result: Exchange, keepSocket: boolean): void => {
      settled = true
      for (const signal of signals) signal.removeEventListener('abort', interrupt)
      if (!keepSocket) stream.destroy()
      resolve(result)
    }
    const finish = (received: IncomingMessage, truncated: boolean): void => {
      settle({ kind: 'response', response: received, chunks, truncated, ...progress() }, !truncated)
    }
    /** Keeps what there is room for; true once there is more than that. */
    const keep = (chunk: Buffer): boolean => {
      const room = captureBytes - capturedBytes
      capturedBytes += Math.min(room, chunk.length)
      // What is cut is copied, so that 16 KiB kept do not hold the 64 KiB that Node read them in.
      chunks.push(chunk.length > room ? Buffer.from(chunk.subarray(0, room)) : chunk)
      return chunk.length > room
    }
    const fail = (error: Error): void => {
      if (settled) return
      if (response !== undefined) {
        // What came in the same packet as the fault is still in the stream's buffer.
        let rest = readRest(response)
        while (rest !== null && !keep(rest)) rest = readRest(response)
        finish(response, true)
        return
      }
      const staleConnection =
        stream.reusedSocket === true &&
        socket?.bytesRead === bytesReadBefore &&
        performance.now() - onSocketAt < STALE_WITHIN_MS
      settle({ kind: 'failure', error, staleConnection, ...progress() }, false)
    }
    const interrupt = (): void => {
      fail(new DOMException('The request was interrupted', 'AbortError'))
    }

    stream.on('socket', (assigned: Socket) => {
      socket = assigned
      bytesReadBefore = assigned.bytesRead
      onSocketAt = performance.now()
    })
    stream.on('information', () => {
      interimAnswers += 1
      if (interimAnswers > MAX_INTERIM_ANSWERS) {
        fail(new ProtocolError(`The receiver sent more than ${String(MAX_INTERIM_ANSWERS)} interim (1xx) answers.`))
      }
    })
    stream.on('upgrade', (_answer: IncomingMessage, upgraded: Socket) => {
      upgraded.destroy()
      fail(new ProtocolError('The receiver switched protocols (101), which it was not asked to do.'))
    })
    stream.on('response', (received: IncomingMessage) => {
      if (settled) return
      if ((received.statusCode ?? 0) < 200) {
        fail(
          new ProtocolError(
            `The receiver answered with status ${String(received.statusCode)}, which HTTP does not define.`,
          ),
        )
        return
      }
      response = received
    })
    stream.on('data', (chunk: Buffer) => {
      if (!settled && response !== undefined && keep(chunk)) finish(response, true)
    })
    stream.on('end', () => {
      if (!settled && response !== undefined) finish(response, false)
    })
    // Stays attached: got and Node may still report errors of a request that has been settled and destroyed.
    stream.on('error', fail)

    for (const signal of signals) {
      if (signal.aborted) interrupt()
      else signal.addEventListener('abort', interrupt)
    }
  })
}

function readRest(response: IncomingMessage): Buffer | null {
  // Without an encoding set, a response yields Buffers.
  return response.read() as Buffer | null
}

function tunnelPhase(socket: Socket | undefined): Phase {
  if (socket === undefined) return 'tunnel'
  return socket instanceof TLSSocket && !socket.authorized ? 'tls' : 'answer'
}

function phaseReached(timings: GotTimings | undefined, url: URL, reused: boolean): Phase {
  if (timings?.socket === undefined) return 'queue'
  if (!reused) {
    const resolved = timings.lookup !== undefined || literalAddress(url.hostname) !== null
    if (timings.connect === undefined) return resolved ? 'connect' : 'dns'
    if (url.protocol === 'https:' && timings.secureConnect === undefined) return 'tls'
  }
  return timings.upload === undefined ? 'send' : 'answer'
}
