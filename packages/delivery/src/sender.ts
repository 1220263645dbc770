import type { OutgoingRequest, Outcome } from '@redrive/core'
import { captureBody, captureHeaders } from './capture.ts'
import { classify } from './classify.ts'
import type { AttemptError } from './classify.ts'
import { createTunnel } from './egress-proxy.ts'
import type { Exchange, PhaseTimings } from './exchange.ts'
import { createGotTransport } from './got-transport.ts'
import { sharedLookUps } from './look-up.ts'
import type { Sender, SenderOptions } from './types.ts'
import { createUndiciTransport } from './undici-transport.ts'

const CAPTURE_BYTES = 16 * 1024
const CONNECT_TIMEOUT_MS = 10_000
const NO_TIMINGS: PhaseTimings = { dns: null, connect: null, tls: null, firstByte: null }

/**
 * The sender, on got or undici. It retries nothing, follows nothing and decompresses nothing: one request, one deadline.
 *
 * With one exception: a kept-alive connection that the receiver closed at the very moment it was used again. If such a
 * connection fails at once and without a byte of an answer, the request goes out once more on a fresh one, within the
 * same deadline. The receiver may have seen the first (delivery is at least once, and both carry the same webhook-id),
 * but far more likely it saw nothing, and its attempt must not be used up by our own pooling.
 */
export function createSender(options: SenderOptions): Sender {
  const {
    addressPolicy,
    captureBytes = CAPTURE_BYTES,
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    maxSocketsPerOrigin,
  } = options
  const tunnel = options.proxyUrl === undefined ? undefined : createTunnel(options.proxyUrl, connectTimeoutMs)
  const createTransport = options.transport === 'undici' ? createUndiciTransport : createGotTransport
  const transport = createTransport({
    policy: addressPolicy,
    resolve: options.resolve ?? sharedLookUps(),
    ca: options.tls?.ca,
    tunnel,
    maxSocketsPerOrigin,
    connectTimeoutMs,
    captureBytes,
  })
  const closing = new AbortController()
  const inFlight = new Set<Promise<unknown>>()

  async function run(request: OutgoingRequest, signals: readonly AbortSignal[]): Promise<Exchange> {
    const deadline = performance.now() + request.timeoutMs
    const { url, headers, body, timeoutMs } = request
    const first = await transport.exchange({ url, headers, body, timeoutMs, signals, fresh: false })
    const timeLeft = Math.ceil(deadline - performance.now())
    if (first.kind === 'response' || !first.staleConnection || timeLeft <= 0) return first
    return transport.exchange({ url, headers, body, timeoutMs: timeLeft, signals, fresh: true })
  }

  return {
    async send(request, signal) {
      const startedAt = new Date()
      const started = performance.now()
      const outcome = (timings: PhaseTimings, what: Answer | ({ kind: 'error' } & AttemptError)): Outcome => {
        const durationMs = Math.round(performance.now() - started)
        return { startedAt, durationMs, timings: { ...timings, total: durationMs }, ...what }
      }

      const refusal = addressPolicy.refuseUrl(request.url)
      if (refusal !== null) return outcome(NO_TIMINGS, { kind: 'error', code: 'blocked_address', message: refusal })

      const running = run(request, signal === undefined ? [closing.signal] : [closing.signal, signal])
      inFlight.add(running)
      try {
        const result = await running
        if (result.kind === 'response') return outcome(result.timings, answer(result))
        const { phase, timings, error } = result
        const context = { host: new URL(request.url).host, phase, timeoutMs: request.timeoutMs, connectTimeoutMs }
        return outcome(timings, { kind: 'error', ...classify(error, context) })
      } finally {
        inFlight.delete(running)
      }
    },

    sockets: () => transport.sockets(),

    async close() {
      closing.abort()
      await Promise.allSettled(inFlight)
      transport.close()
    },
  }
}

type Answer = Pick<Extract<Outcome, { kind: 'response' }>, 'kind' | 'status' | 'headers' | 'body' | 'bodyTruncated'>

function answer({ status, rawHeaders, chunks, truncated }: Extract<Exchange, { kind: 'response' }>): Answer {
  return {
    kind: 'response',
    status,
    headers: captureHeaders(rawHeaders),
    body: captureBody(chunks, truncated),
    bodyTruncated: truncated,
  }
}
