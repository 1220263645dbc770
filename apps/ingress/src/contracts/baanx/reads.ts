import { pageQuery } from '@redrive/contracts'
import type { DeliveryStatus } from '@redrive/core'
import type { EventState, Store } from '@redrive/store'
import { pageRequest, renderCursors } from '../../http/cursor.ts'
import { Problem } from '../../http/problem.ts'
import { defineRoute, type Route } from '../../http/route.ts'
import type { DispatchService } from '../../services/dispatch.ts'
import { eventIdOf } from './event-id.ts'
import { eventList, eventLogs, eventStatus, listQuery, type STATUS_WORDS } from './schemas.ts'

type StatusWord = (typeof STATUS_WORDS)[number]

/** The table of status words in the contracts' README. */
const STATUS: Record<DeliveryStatus, StatusWord> = {
  pending: 'pending',
  delivering: 'pending',
  retrying: 'retrying',
  succeeded: 'delivered',
  failed: 'failed',
  cancelled: 'cancelled',
}
const STATE_OF: Record<StatusWord, EventState> = {
  pending: 'pending',
  retrying: 'retrying',
  delivered: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
}

const LOGS = 'baanx-logs'
const EVENTS = 'baanx-events'
const tag = 'baanx'

export function baanxReads(deps: { store: Store; dispatcher: DispatchService }): Route[] {
  const { store, dispatcher } = deps
  return [
    defineRoute({
      method: 'get',
      path: '/v1/webhooks/events/{eventId}/status',
      access: 'deliveries:read',
      status: 200,
      response: eventStatus,
      summary: 'Show what has become of an event at each webhook',
      tag,
      async handle({ ids }, { tenantId }) {
        const eventId = eventIdOf(ids)
        const event = await store.events.get(tenantId, eventId)
        if (event === null) throw new Problem(404, 'Event not found')
        const deliveries = await dispatcher.deliveriesOf(tenantId, eventId)
        const webhooks = deliveries.map((delivery) => ({
          webhookId: delivery.endpointId,
          url: delivery.url,
          status: STATUS[delivery.status],
          attempts: delivery.attemptCount,
          responseStatus: delivery.lastAttempt?.status ?? null,
          nextAttemptAt: delivery.nextAttemptAt,
        }))
        const status = overall(webhooks.map((webhook) => webhook.status))
        const data = { eventId, type: event.type, status, createdAt: event.createdAt, webhooks }
        return { body: { success: true, data } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/webhooks/events/{eventId}/logs',
      access: 'deliveries:read',
      query: pageQuery,
      status: 200,
      response: eventLogs,
      summary: 'List the attempts to deliver an event, newest first',
      tag,
      async handle({ ids, query }, { tenantId }) {
        const eventId = eventIdOf(ids)
        if ((await store.events.get(tenantId, eventId)) === null) throw new Problem(404, 'Event not found')
        const page = await store.attempts.listOfEvent(tenantId, eventId, pageRequest(LOGS, query))
        const logs = page.data.map((attempt) => ({
          id: attempt.id,
          webhookId: attempt.endpointId,
          attempt: attempt.number,
          status: attempt.outcome === 'succeeded' ? 'delivered' : 'failed',
          responseStatus: attempt.response?.status ?? null,
          responseBody: attempt.response?.body ?? null,
          error: attempt.error?.message ?? null,
          durationMs: attempt.durationMs,
          attemptedAt: attempt.startedAt,
          nextAttemptAt: attempt.nextAttemptAt,
        }))
        return { body: { success: true, data: { eventId, logs, ...renderCursors(LOGS, page) } } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/webhooks/events',
      access: 'events:read',
      query: listQuery,
      status: 200,
      response: eventList,
      summary: 'List events with what has become of them, newest first',
      tag,
      async handle({ query: { type, status, ...paging } }, { tenantId }) {
        const filters = {
          ...(type !== undefined && { type }),
          ...(status !== undefined && { state: STATE_OF[status] }),
        }
        const page = await store.events.listProgress(tenantId, filters, pageRequest(EVENTS, paging))
        const events = page.data.map((event) => ({
          eventId: event.id,
          type: event.type,
          status: STATUS[event.state],
          createdAt: event.createdAt,
          webhookCount: event.deliveries,
        }))
        return { body: { success: true, data: { events, ...renderCursors(EVENTS, page) } } }
      },
    }),
  ]
}

/** The worst that one of them has come to, as the list has it. */
function overall(statuses: readonly StatusWord[]): StatusWord {
  const order: StatusWord[] = ['failed', 'retrying', 'pending', 'cancelled', 'delivered']
  return order.find((status) => statuses.includes(status)) ?? 'pending'
}
