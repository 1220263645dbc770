import { deliveryPage, event, eventDetail, eventPage, listEvents, pageQuery, publishEvent } from '@redrive/contracts'
import type { DeliveryStatus } from '@redrive/core'
import type { Store } from '@redrive/store'
import { pageRequest, renderPage } from '../http/cursor.ts'
import { notFound } from '../http/problem.ts'
import { defineRoute, type Route } from '../http/route.ts'
import type { PublishService } from '../services/publish.ts'
import { DELIVERY_LIST } from './deliveries.ts'
import { eventInput, refusal, withHeaderKey } from './event-input.ts'
import { deliveryView, eventView } from './views.ts'

const LIST = 'events'
const tag = 'Events'
/** What an event may have around its payload. */
const ENVELOPE_BYTES = 128 * 1024

export function eventRoutes(deps: {
  store: Pick<Store, 'events' | 'deliveries'>
  publisher: PublishService
  payloadMaxBytes: number
}): Route[] {
  const { store, publisher, payloadMaxBytes } = deps

  return [
    defineRoute({
      method: 'post',
      path: '/v1/events',
      access: 'events:write',
      body: publishEvent,
      bodyLimit: payloadMaxBytes + ENVELOPE_BYTES,
      status: 202,
      response: event,
      summary: 'Publish an event; it is committed when this answers',
      tag,
      notes: {
        description:
          'The payload’s bytes are kept as they came, and are what is signed and sent. The same idempotency key with the same content is answered with the first event; with other content, 422.',
        idempotent: true,
        location: true,
        conflict: 'The endpoint that endpointId names is disabled or deleted',
      },
      async handle({ body, bodyText, header }, { tenantId, note }) {
        const input = withHeaderKey(eventInput(body, bodyText, payloadMaxBytes), header('idempotency-key'))
        const answer = await publisher.publish(tenantId, input)
        if (!('event' in answer)) throw refusal(answer)
        note({ eventId: answer.event.id })
        const replayed = answer.kind === 'replayed' ? { 'idempotent-replayed': 'true' } : {}
        return { body: eventView(answer.event), headers: { location: `/v1/events/${answer.event.id}`, ...replayed } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/events',
      access: 'events:read',
      query: listEvents,
      status: 200,
      response: eventPage,
      summary: 'List events',
      tag,
      async handle({ query }, { tenantId }) {
        const { limit, cursor, type, ...filters } = query
        const page = await store.events.list(
          tenantId,
          { ...filters, ...typeFilter(type) },
          pageRequest(LIST, { limit, cursor }),
        )
        return { body: renderPage(LIST, page, eventView) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/events/{id}',
      access: 'events:read',
      status: 200,
      response: eventDetail,
      summary: 'Show an event with its payload and the number of its deliveries by status',
      tag,
      async handle({ ids }, { tenantId }) {
        const found = await store.events.getWithPayload(tenantId, ids.id)
        if (found === null) throw notFound('event')
        const rest = JSON.stringify({ ...eventView(found.event), deliveries: withTotal(found.deliveries) })
        // the payload byte for byte, so not by way of a parsed value
        return { json: `${rest.slice(0, -1)},"payload":${found.payload}}` }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/events/{id}/deliveries',
      access: 'deliveries:read',
      query: pageQuery,
      status: 200,
      response: deliveryPage,
      summary: 'List the deliveries of an event',
      tag,
      async handle({ ids, query }, { tenantId }) {
        if ((await store.events.get(tenantId, ids.id)) === null) throw notFound('event')
        const page = await store.deliveries.list(tenantId, { eventId: ids.id }, pageRequest(DELIVERY_LIST, query))
        return { body: renderPage(DELIVERY_LIST, page, deliveryView) }
      },
    }),
  ]
}

/** `order.shipped`, a prefix `order.*`, or `*` for all. */
function typeFilter(type: string | undefined): { type?: string; typePrefix?: string } {
  if (type === undefined || type === '*') return {}
  return type.endsWith('.*') ? { typePrefix: type.slice(0, -2) } : { type }
}

function withTotal(counts: Partial<Record<DeliveryStatus, number>>): Record<string, number> {
  return { total: Object.values(counts).reduce((sum, count) => sum + count, 0), ...counts }
}
