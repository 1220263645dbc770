import type { EndpointSettings, LiveSecret } from './domain.ts'
import type { EnvelopeEvent } from './envelope.ts'
import { envelope } from './envelope.ts'
import type { OutgoingRequest } from './outcome.ts'
import { hmacHeader, signatureHeader } from './signing.ts'

export interface RequestInput {
  event: EnvelopeEvent & { sourceEventId: string | null }
  endpoint: Pick<EndpointSettings, 'url' | 'headers' | 'bodyFormat' | 'signature' | 'timeoutSeconds'> & {
    secrets: readonly LiveSecret[]
  }
  deliveryId: string
  attemptNumber: number
  now: Date
  /** Redrive's own, for `user-agent` */
  version: string
  /** the `number` of the event that this one was resent from, for receivers that know the violet contract */
  sourceEventNumber?: number
  /** where the attempt stands in its trace (W3C traceparent), for receivers that are told */
  traceParent?: string
}

export interface BuiltRequest {
  request: OutgoingRequest
  /** the headers as the attempt's record keeps them: without what is secret */
  redactedHeaders: Record<string, string>
}

const REDACTED = '[redacted]'
const SECRET_NAME = /auth|cookie|token|secret|passw|credential|session|api-?_?key/

/**
 * The signed request of one attempt. docs/api.md, "The request that a receiver gets".
 * @throws Error if no secret signs any more: that is ours to mend, and no request goes out unsigned
 */
export function buildRequest(input: RequestInput): BuiltRequest {
  const { event, endpoint } = input
  const { contentType, body } = envelope(endpoint.bodyFormat, event)
  const ours: Record<string, string> = {
    'content-type': contentType,
    'user-agent': `Redrive/${input.version}`,
    ...signingHeaders(input, body),
    'redrive-delivery-id': input.deliveryId,
    'redrive-attempt': String(input.attemptNumber),
    'redrive-event-type': event.type,
    ...(event.sourceEventId !== null && { 'redrive-source-event-id': event.sourceEventId }),
    ...(input.sourceEventNumber !== undefined && { 'x-violet-event-id-source': String(input.sourceEventNumber) }),
    ...(input.traceParent !== undefined && { traceparent: input.traceParent }),
  }
  const owners = Object.fromEntries(
    Object.entries(endpoint.headers).map(([name, header]) => [name.toLowerCase(), header.value]),
  )
  return {
    request: { url: endpoint.url, headers: { ...owners, ...ours }, body, timeoutMs: endpoint.timeoutSeconds * 1000 },
    redactedHeaders: { ...redactOwnHeaders(endpoint.headers), ...ours },
  }
}

/** The headers that an endpoint's owner adds, by lower-case name, without what is secret. */
export function redactOwnHeaders(headers: EndpointSettings['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, header]) => {
      const lower = name.toLowerCase()
      return [lower, header.sensitive || SECRET_NAME.test(lower) ? REDACTED : header.value]
    }),
  )
}

function signingHeaders({ event, endpoint, now }: RequestInput, body: string): Record<string, string> {
  const secrets = endpoint.secrets
    .filter((live) => live.expiresAt === null || live.expiresAt > now)
    .map((live) => live.secret)
  if (secrets.length === 0) throw new Error('The endpoint has no live signing secret')
  const timestamp = Math.floor(now.getTime() / 1000)
  const identity = { 'webhook-id': event.id, 'webhook-timestamp': String(timestamp) }
  const { signature } = endpoint
  switch (signature.scheme) {
    case 'standard':
      return { ...identity, 'webhook-signature': signatureHeader(secrets, event.id, timestamp, body) }
    case 'hmac':
      return { ...identity, [signature.header.toLowerCase()]: hmacHeader(signature, secrets, timestamp, body) }
  }
}
