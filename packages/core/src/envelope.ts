import type { BodyFormat, WebhookEvent } from './domain.ts'

/** What an envelope says about its event, and the payload's JSON text as it was published. */
export type EnvelopeEvent = Pick<WebhookEvent, 'id' | 'tenantId' | 'type' | 'subject' | 'createdAt'> & {
  payload: string
}

/**
 * The request's body. The payload's text is spliced in as it is, never parsed and written anew: key order, spelling of
 * numbers and escapes are the producer's.
 */
export function envelope(format: BodyFormat, event: EnvelopeEvent): { contentType: string; body: string } {
  switch (format) {
    case 'raw':
      return json(event.payload)
    case 'standard':
      return json(splice({ type: event.type, timestamp: event.createdAt.toISOString() }, 'data', event.payload))
    case 'akinon':
      return json(splice({ event: { type: event.type, uuid: event.id.replaceAll('-', '') } }, 'payload', event.payload))
    case 'cloudevents':
      return { contentType: 'application/cloudevents+json', body: cloudEvent(event) }
  }
}

/** CloudEvents 1.0, structured mode. */
function cloudEvent(event: EnvelopeEvent): string {
  const attributes = {
    specversion: '1.0',
    id: event.id,
    source: `/tenants/${event.tenantId}`,
    type: event.type,
    time: event.createdAt.toISOString(),
    ...(event.subject !== null && { subject: `${event.subject.type}/${event.subject.id}` }),
    datacontenttype: 'application/json',
  }
  return splice(attributes, 'data', event.payload)
}

function json(body: string): { contentType: string; body: string } {
  return { contentType: 'application/json', body }
}

/** The JSON object `members` (not empty) with one more member, whose value is JSON text. */
function splice(members: object, name: string, jsonText: string): string {
  return `${JSON.stringify(members).slice(0, -1)},${JSON.stringify(name)}:${jsonText}}`
}
