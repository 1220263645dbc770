import type { RetryAnswer } from '@redrive/store'
import { invalid, notFound } from '../../http/problem.ts'
import { defineRoute, type Route } from '../../http/route.ts'
import type { ContractDeps } from '../contract.ts'
import { resendBody } from './schemas.ts'

/** An element of the list (a delivery), or the event inside its payload, which goes to everyone who had it. */
export function resendRoute({ store, deliveries, dispatcher }: ContractDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/oms/oms_hook_events/resend-event/',
    access: 'deliveries:retry',
    body: resendBody,
    status: 200,
    response: null,
    summary: 'Send an event again',
    tag: 'akinon',
    async handle({ body: { event: id } }, { tenantId, note }) {
      const answer = await deliveries.retry(tenantId, id, { mode: 'policy', force: true })
      switch (answer.kind) {
        case 'queued':
          note({ deliveryId: id })
          return {}
        case 'conflict':
          throw invalid([{ pointer: '/event', detail: CONFLICTS[answer.reason] }])
        case 'unknown': {
          if ((await store.events.get(tenantId, id)) === null) throw notFound('event')
          note({ eventId: id })
          await dispatcher.retryDeliveries(tenantId, id)
          return {}
        }
      }
    },
  })
}

const CONFLICTS: Record<Extract<RetryAnswer, { kind: 'conflict' }>['reason'], string> = {
  succeeded: 'This event was delivered.',
  delivering: 'This event is being sent now.',
  endpoint_disabled: 'The hook of this event is not active.',
  endpoint_deleted: 'The hook of this event was deleted.',
  expired: 'This event has expired.',
}
