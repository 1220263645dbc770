import { EVENT_TYPE, type EventSubject, isSystemType, memberText } from '@redrive/core'
import { invalid, Problem } from '../../http/problem.ts'
import { defineRoute, type Route } from '../../http/route.ts'
import type { ContractDeps } from '../contract.ts'
import { publishBody } from './schemas.ts'

/** What a request may have around its payload. */
const ENVELOPE_BYTES = 16 * 1024

export function publishRoute({ store, publisher, payloadMaxBytes }: ContractDeps): Route {
  /** What the caller gives, byte for byte; else what was last published about the same instance. */
  async function payloadFor(tenantId: string, bodyText: string, subject: EventSubject): Promise<string> {
    const given = memberText(bodyText, ['instance', 'payload'])
    if (given.kind === 'duplicate') throw new Problem(400, `The member ${JSON.stringify(given.member)} occurs twice`)
    if (given.kind === 'missing') return (await store.events.newestPayload(tenantId, subject)) ?? '{}'
    if (Buffer.byteLength(given.text) > payloadMaxBytes) {
      throw fault('instance', `The payload is larger than ${String(payloadMaxBytes)} bytes.`)
    }
    return given.text
  }

  return defineRoute({
    method: 'post',
    path: '/api/v1/oms/oms_hook_events/publish-event/',
    access: 'events:write',
    body: publishBody,
    // a form's escapes may treble it
    bodyLimit: 3 * payloadMaxBytes + ENVELOPE_BYTES,
    status: 202,
    response: null,
    summary: 'Send an event about an instance to one webhook',
    tag: 'akinon',
    async handle({ body: { hook, instance, event_type }, bodyText }, { tenantId, note }) {
      const endpoint = await store.endpoints.getByNumber(tenantId, hook)
      if (endpoint === null) throw fault('hook', `Invalid pk "${String(hook)}" - object does not exist.`)
      const type = event_type ?? singleType(endpoint.eventTypes)
      if (type === null)
        throw fault('hook', 'This hook has no single event type that can be published; name one with event_type.')
      const subject = { type: instance.model, id: String(instance.pk) }
      const answer = await publisher.publish(tenantId, {
        type,
        payload: await payloadFor(tenantId, bodyText, subject),
        channel: null,
        subject,
        metadata: {},
        idempotencyKey: null,
        endpointId: endpoint.id,
        deliverAt: null,
        expiresAt: null,
      })
      switch (answer.kind) {
        case 'created':
        case 'replayed':
          note({ eventId: answer.event.id })
          return {}
        case 'endpoint_disabled':
          throw fault('hook', 'This webhook is disabled.')
        case 'endpoint_deleted':
        case 'unknown_endpoint':
          throw fault('hook', `Invalid pk "${String(hook)}" - object does not exist.`)
        case 'refused':
          throw fault('instance', answer.detail)
        case 'conflict':
        case 'expired':
          throw new Error(`an event without an idempotency key and an expiry was refused: ${answer.kind}`)
      }
    },
  })
}

/** The one type that an endpoint takes, if it is an exact one, and not the system’s own. */
function singleType(eventTypes: readonly string[]): string | null {
  const [only, ...more] = eventTypes
  if (only === undefined || more.length > 0) return null
  return EVENT_TYPE.test(only) && !isSystemType(only) ? only : null
}

function fault(field: string, detail: string): Problem {
  return invalid([{ pointer: `/${field}`, detail }])
}
