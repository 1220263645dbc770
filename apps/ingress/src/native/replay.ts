import { event, resendEvent, retriedEvent, retryEvent } from '@redrive/contracts'
import { invalid, notFound, Problem } from '../http/problem.ts'
import { defineRoute, type Route } from '../http/route.ts'
import type { ReplayService } from '../services/replay.ts'
import { deliveryView, eventView } from './views.ts'

const tag = 'Replay'

/** Events sent again: within their deliveries, or as new events. */
export function replayRoutes({ replay }: { replay: ReplayService }): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/v1/events/{id}/retry',
      access: 'deliveries:retry',
      body: retryEvent,
      status: 202,
      response: retriedEvent,
      summary:
        'Send an event again to all endpoints that subscribe to it, or to one; makes deliveries that are missing',
      tag,
      notes: { conflict: 'An endpoint is disabled or deleted, or the event has expired or is scheduled' },
      async handle({ ids, body }, { tenantId }) {
        const answer = await replay.retryEvent(tenantId, ids.id, body)
        switch (answer.kind) {
          case 'queued':
            return { body: { eventId: ids.id, deliveries: answer.deliveries.map(deliveryView) } }
          case 'conflict':
            throw new Problem(409, CONFLICTS[answer.reason])
          case 'unknown_endpoint':
            throw notFound('endpoint')
          case 'unknown':
            throw notFound('event')
        }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/events/{id}/resend',
      access: 'deliveries:retry',
      body: resendEvent,
      status: 202,
      response: event,
      summary: 'Publish an event anew, with a new id and the first one as its source',
      tag,
      notes: { conflict: 'The event can’t be sent again, for example because its endpoint is disabled' },
      async handle({ ids, body }, { tenantId, note }) {
        const answer = await replay.resendEvent(tenantId, ids.id, body)
        switch (answer.kind) {
          case 'created':
            note({ eventId: answer.event.id })
            return { body: eventView(answer.event), headers: { location: `/v1/events/${answer.event.id}` } }
          case 'conflict':
            throw new Problem(409, CONFLICTS[answer.reason])
          case 'unknown_endpoint':
            throw notFound('endpoint')
          case 'unknown':
            throw notFound('event')
          case 'refused':
            throw invalid([{ pointer: '', detail: answer.detail }])
        }
      },
    }),
  ]
}

const CONFLICTS = {
  scheduled: 'The event waits for its deliverAt; it is delivered then',
  expired: 'The event has expired; to send its payload all the same, resend it',
  endpoint_disabled: 'The endpoint is disabled; enable it first',
  endpoint_deleted: 'The endpoint has been deleted',
}
