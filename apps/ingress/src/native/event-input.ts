import { idempotencyKey, type PublishEvent, validate } from '@redrive/contracts'
import { memberText } from '@redrive/core'
import type { PublishAnswer } from '@redrive/store'
import { invalid, Problem } from '../http/problem.ts'
import type { EventInput } from '../services/publish.ts'

/**
 * An event that its schema has accepted, with the rules that a schema can't know. `text` is what it was said with: the
 * payload is cut out of it byte for byte.
 * @throws Problem 400 or 413
 */
export function eventInput(event: PublishEvent, text: string, payloadMaxBytes: number): EventInput {
  const payload = payloadText(text, payloadMaxBytes)
  if (payload === null) throw new Error('the schema has accepted an event without a payload')
  return { ...event, payload }
}

/**
 * The payload in a request's body, byte for byte; null if there is none.
 * @throws Problem 400 or 413
 */
export function payloadText(body: string, payloadMaxBytes: number): string | null {
  const payload = memberText(body, ['payload'])
  if (payload.kind === 'duplicate') throw new Problem(400, `The member ${JSON.stringify(payload.member)} occurs twice`)
  if (payload.kind === 'missing') return null
  if (Buffer.byteLength(payload.text) > payloadMaxBytes) {
    throw new Problem(413, `The payload is larger than ${String(payloadMaxBytes)} bytes`)
  }
  return payload.text
}

/** The key that the header names, if the body names none. */
export function withHeaderKey(input: EventInput, header: string | undefined): EventInput {
  if (header === undefined) return input
  const key = validate(idempotencyKey, header)
  if (!key.ok)
    throw invalid(
      key.errors.map(({ detail }) => ({ pointer: '/idempotencyKey', detail: `Idempotency-Key: ${detail}` })),
    )
  if (input.idempotencyKey !== null && input.idempotencyKey !== key.value) {
    throw invalid([
      { pointer: '/idempotencyKey', detail: 'The header Idempotency-Key and the body name different keys' },
    ])
  }
  return { ...input, idempotencyKey: key.value }
}

/** Why an event was not taken. */
export function refusal(answer: Exclude<PublishAnswer, { event: unknown }>): Problem {
  switch (answer.kind) {
    case 'conflict':
      return field('idempotencyKey', 'This idempotency key was used for an event with other content')
    case 'unknown_endpoint':
      return field('endpointId', 'There is no such endpoint')
    case 'expired':
      return field('expiresAt', 'expiresAt is past already')
    case 'endpoint_disabled':
    case 'endpoint_deleted': {
      const detail = UNAVAILABLE[answer.kind]
      return new Problem(409, detail, { errors: [{ pointer: '/endpointId', detail }] })
    }
    case 'refused':
      return invalid([{ pointer: '', detail: answer.detail }])
  }
}

const UNAVAILABLE = {
  endpoint_disabled: 'The endpoint is disabled; enable it first',
  endpoint_deleted: 'The endpoint has been deleted',
}

function field(name: string, detail: string): Problem {
  return invalid([{ pointer: `/${name}`, detail }])
}
