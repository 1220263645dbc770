import type { LookupAddress } from 'node:dns'
import type { OutgoingRequest, Outcome } from '@redrive/core'
import type { PoolUse } from '@redrive/runtime'

export interface Sender {
  /** Sends one request within one deadline and says what came of it. Never rejects for what a receiver does. */
  send(request: OutgoingRequest, signal?: AbortSignal): Promise<Outcome>
  /** of its sockets, all receivers' together */
  sockets(): PoolUse
  /** Cuts what is in flight (its outcome is `interrupted`) and closes every socket. */
  close(): Promise<void>
}

export interface SenderOptions {
  addressPolicy: AddressPolicy
  /** bytes of a response body that are kept; default 16 KiB */
  captureBytes?: number
  /** sockets for each origin, in use or kept alive */
  maxSocketsPerOrigin: number
  /** how long a TCP connection, or the egress proxy's tunnel, may take, within the request's deadline; default 10 s */
  connectTimeoutMs?: number
  /** certificate authorities to trust instead of Node's own (which `NODE_EXTRA_CA_CERTS` extends), PEM */
  tls?: { ca: string[] }
  /** an egress proxy that every request is tunnelled through (CONNECT); environment variables name none */
  proxyUrl?: string
  /** the HTTP client; default got */
  transport?: 'got' | 'undici'
  /** resolves a name to all of its addresses; default the operating system's resolver */
  resolve?: Resolve
}

export type Resolve = (hostname: string) => Promise<LookupAddress[]>

/** Which addresses may be sent to. The one guard for writes, sends and connects. */
export interface AddressPolicy {
  /** Why the URL is refused (a sentence naming the rule), or null. Syntax and literal addresses only; no look-up. */
  refuseUrl(url: string): string | null
  /** Why an IP address is refused, or null. */
  refuseAddress(address: string): string | null
}
