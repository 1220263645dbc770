import { Problem } from '../../http/problem.ts'
import { defineRoute, type Route } from '../../http/route.ts'
import type { ReplayService } from '../../services/replay.ts'
import { eventIdOf } from './event-id.ts'
import { retried, retryBody } from './schemas.ts'

export function baanxRetry({ replay }: { replay: ReplayService }): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/webhooks/events/{eventId}/retry',
    access: 'deliveries:retry',
    body: retryBody,
    status: 200,
    response: retried,
    summary: 'Retry an event to all active subscribed webhooks, or to one',
    tag: 'baanx',
    async handle({ ids, body: { webhookId } }, { tenantId }) {
      const eventId = eventIdOf(ids)
      const answer = await replay.retryEvent(
        tenantId,
        eventId,
        webhookId === undefined ? { onlyActive: true } : { endpointId: webhookId.toLowerCase() },
      )
      switch (answer.kind) {
        case 'queued': {
          const webhookCount = answer.deliveries.length
          const message = `Event queued for retry to ${String(webhookCount)} webhook(s)`
          return { body: { success: true, data: { eventId, webhookCount, message } } }
        }
        case 'unknown':
          throw new Problem(404, 'Event not found')
        case 'unknown_endpoint':
          throw new Problem(404, 'Webhook not found')
        case 'conflict':
          throw CONFLICTS[answer.reason]()
      }
    },
  })
}

const CONFLICTS = {
  endpoint_disabled: () => new Problem(400, 'Webhook is not active'),
  endpoint_deleted: () => new Problem(404, 'Webhook not found'),
  expired: () => new Problem(400, 'Event has expired'),
  scheduled: () => new Problem(400, 'Event is not due yet'),
}
