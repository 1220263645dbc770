import type { PoolUse } from '@redrive/runtime'
import type { AddressPolicy, Resolve } from './types.ts'
import type { Tunnel } from './egress-proxy.ts'

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
  | { kind: 'response'; status: number; rawHeaders: readonly string[]; chunks: Buffer[]; truncated: boolean }
  | { kind: 'failure'; error: Error; staleConnection: boolean }
)

/** One request on one connection. */
export interface ExchangeRequest {
  url: string
  headers: Record<string, string>
  body: string
  /** the deadline over everything, in ms from now */
  timeoutMs: number
  /** any of them cuts the request */
  signals: readonly AbortSignal[]
  /** on a connection of its own, which is not kept */
  fresh: boolean
}

export interface TransportOptions {
  policy: AddressPolicy
  resolve: Resolve
  ca: string[] | undefined
  /** how to reach an address if not directly */
  tunnel: Tunnel | undefined
  maxSocketsPerOrigin: number
  connectTimeoutMs: number
  captureBytes: number
}

/** An HTTP client, shaped for deliveries. */
export interface Transport {
  /**
   * Settles exactly once, with nothing of it left at its signals and the socket either back in its pool or destroyed. Once the
   * headers of an answer are in, it is a response whatever happens to its body.
   */
  exchange(request: ExchangeRequest): Promise<Exchange>
  sockets(): PoolUse
  /** Closes every socket; nothing may be in flight. */
  close(): void
}

/** The receiver broke HTTP in a way that a parser lets pass. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code = 'ERR_RECEIVER_PROTOCOL'

  static interimAnswers(): ProtocolError {
    return new ProtocolError(`The receiver sent more than ${String(MAX_INTERIM_ANSWERS)} interim (1xx) answers.`)
  }
  static upgrade(): ProtocolError {
    return new ProtocolError('The receiver switched protocols (101), which it was not asked to do.')
  }
  static status(status: number): ProtocolError {
    return new ProtocolError(`The receiver answered with status ${String(status)}, which HTTP does not define.`)
  }
}

/** A limit of ours has passed. The code is Node's. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
  readonly code = 'ETIMEDOUT'
  readonly limit: 'connect' | 'request'

  constructor(limit: 'connect' | 'request') {
    super('The time is over')
    this.limit = limit
  }
}

export function interruption(): Error {
  return new DOMException('The request was interrupted', 'AbortError')
}

export const MAX_HEADER_BYTES = 16 * 1024
/** More interim (1xx) answers than this are an attack or a fault. */
export const MAX_INTERIM_ANSWERS = 100
/** A kept-alive connection that fails later than this after a request was put on it was not stale. */
export const STALE_WITHIN_MS = 1_000
