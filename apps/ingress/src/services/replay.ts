import type { Clock, WebhookEvent } from '@redrive/core'
import { retryJob } from '@redrive/queue'
import type { EventRetryAnswer, PublishAnswer, Store } from '@redrive/store'
import type { Hurry } from './hurry.ts'
import type { PublishService } from './publish.ts'

type ResendAnswer =
  | { kind: 'created'; event: WebhookEvent }
  | { kind: 'conflict'; reason: 'endpoint_disabled' | 'endpoint_deleted' }
  | { kind: 'unknown_endpoint' }
  | { kind: 'unknown' }
  /** it was published under other rules, and can't be again */
  | { kind: 'refused'; detail: string }

/** Sending events again, whatever contract asks for it. Committed when a promise resolves; the jobs follow by themselves. */
export interface ReplayService {
  /**
   * Sends the event again to all subscribed endpoints, those that had it included, or to one endpoint, subscribed or
   * not. `onlyFailed` spares those that had it, `onlyActive` subscribers that are paused; `channel` stands in for the
   * event's own.
   */
  retryEvent(
    tenantId: string,
    eventId: string,
    options?: { endpointId?: string; onlyFailed?: boolean; onlyActive?: boolean; channel?: string },
  ): Promise<EventRetryAnswer>
  /**
   * Publishes the event anew: a new id, at once, and `sourceEventId` that of the first one where a resent event is
   * resent. It keeps an `expiresAt` that lies ahead; one that is past, and `deliverAt`, were the first one's only.
   * `sourceNumber` is told to the receiver.
   */
  resendEvent(
    tenantId: string,
    eventId: string,
    options?: { endpointId?: string; sourceNumber?: number },
  ): Promise<ResendAnswer>
}

export function createReplayService(deps: {
  store: Pick<Store, 'events'>
  publisher: PublishService
  hurry: Hurry
  clock: Clock
}): ReplayService {
  const { store, publisher, hurry, clock } = deps

  return {
    async retryEvent(tenantId, eventId, { endpointId, onlyFailed = false, ...others } = {}) {
      const answer = await store.events.retry(tenantId, eventId, {
        endpointId: endpointId ?? null,
        onlyFailed,
        ...others,
      })
      if (answer.kind === 'queued') hurry.enqueue(answer.due.map(retryJob))
      return answer
    },

    async resendEvent(tenantId, eventId, { endpointId, sourceNumber } = {}) {
      const found = await store.events.getWithPayload(tenantId, eventId)
      if (found === null) return { kind: 'unknown' }
      const { event, payload } = found
      const { type, channel, subject, metadata, expiresAt } = event
      const answer = await publisher.publish(
        tenantId,
        {
          type,
          payload,
          channel,
          subject,
          metadata,
          idempotencyKey: null,
          endpointId: endpointId ?? event.endpointId,
          deliverAt: null,
          expiresAt: expiresAt !== null && expiresAt.getTime() > clock() ? expiresAt : null,
        },
        { eventId: event.sourceEventId ?? event.id, deliveryNumber: sourceNumber ?? null },
      )
      return resent(answer)
    },
  }
}

function resent(answer: PublishAnswer): ResendAnswer {
  switch (answer.kind) {
    case 'created':
    case 'unknown_endpoint':
    case 'refused':
      return answer
    case 'expired':
      // it had not a moment ago
      return { kind: 'refused', detail: 'The event has just expired' }
    case 'endpoint_disabled':
    case 'endpoint_deleted':
      return { kind: 'conflict', reason: answer.kind }
    case 'replayed':
    case 'conflict':
      throw new Error('an event without an idempotency key met one')
  }
}
