import type { OutgoingRequest, Outcome } from '@redrive/core'

export interface Sender {
  /** Sends one request within one deadline and says what came of it. Never rejects for what a receiver does. */
  send(request: OutgoingRequest, signal?: AbortSignal): Promise<Outcome>
  close(): Promise<void>
}

export interface SenderOptions {
  addressPolicy: AddressPolicy
  /** bytes of a response body that are kept */
  captureBytes: number
  /** keep-alive sockets for each origin */
  maxSocketsPerOrigin: number
}

/** Which addresses may be sent to. The one guard for writes, sends and connects. */
export interface AddressPolicy {
  /** Why the URL is refused (a sentence naming the rule), or null. Syntax and literal addresses only; no look-up. */
  refuseUrl(url: string): string | null
  /** Why an IP address is refused, or null. */
  refuseAddress(address: string): string | null
}
