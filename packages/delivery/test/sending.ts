import { afterAll, afterEach } from '@jest/globals'
import type { OutgoingRequest, Outcome } from '@redrive/core'
import { createAddressPolicy, createSender } from '../src/index.ts'
import type { Sender, SenderOptions } from '../src/index.ts'

/** Things to be closed when a test, or the file, is over; last opened, first closed. */
export function closeAfterEach(): <C extends { close(): unknown }>(thing: C) => C {
  return closer(afterEach)
}
export function closeAfterAll(): <C extends { close(): unknown }>(thing: C) => C {
  return closer(afterAll)
}

function closer(hook: (fn: () => Promise<void>) => void): <C extends { close(): unknown }>(thing: C) => C {
  const open: { close(): unknown }[] = []
  hook(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close()
  })
  return (thing) => {
    open.push(thing)
    return thing
  }
}

/** Everything that is said of sending is said of both. */
export const TRANSPORTS = ['got', 'undici'] as const

/** A sender that may reach this machine. */
export function loopbackSender(options: Partial<SenderOptions> = {}): Sender {
  const addressPolicy = createAddressPolicy({ allowNetworks: ['127.0.0.0/8'] })
  return createSender({ addressPolicy, maxSocketsPerOrigin: 8, ...options })
}

export function requestTo(url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return { url, headers: { 'content-type': 'application/json' }, body: '{"n":1}', timeoutMs: 5_000, ...more }
}

/** An outcome in a word: the status, or the error's code. */
export function gist(outcome: Outcome): number | string {
  return outcome.kind === 'response' ? outcome.status : outcome.code
}
