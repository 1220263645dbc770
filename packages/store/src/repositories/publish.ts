import type { EventStatus, WebhookEvent } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Events, NewEvent, PublishAnswer } from '../repositories.ts'
import { badRowsMessage } from './database-errors.ts'
import { findEarlier } from './earlier-events.ts'
import { writeEvents } from './write-events.ts'

/**
 * Writes a batch in one statement. A row that PostgreSQL can't hold must not cost the other callers in the batch their
 * events, so then the halves are tried by themselves, down to that row.
 */
export function createPublish(db: Db): Events['publish'] {
  return async function publish(events): Promise<PublishAnswer[]> {
    if (events.length === 0) return []
    try {
      return await publishTogether(db, events, publish)
    } catch (error) {
      const detail = badRowsMessage(error)
      if (detail === null) throw error
      if (events.length === 1) return [{ kind: 'refused', detail }]
      const middle = Math.ceil(events.length / 2)
      return [...(await publish(events.slice(0, middle))), ...(await publish(events.slice(middle)))]
    }
  }
}

async function publishTogether(
  db: Db,
  events: readonly NewEvent[],
  publishAgain: Events['publish'],
): Promise<PublishAnswer[]> {
  const answers = events.map((event): PublishAnswer => ({ kind: 'created', event: asPublished(event, 'pending') }))
  const unwritten: { place: number; event: NewEvent; known: boolean }[] = []
  for (const { place, endpoint, status } of await writeEvents(db, events)) {
    const event = events[place]
    if (!event) continue
    const known = endpoint === 'active' || endpoint === 'paused'
    const isGone = endpoint === 'deleted' || endpoint === 'disabled'
    answers[place] = { kind: isGone ? `endpoint_${endpoint}` : 'unknown_endpoint' }
    if (status !== null) answers[place] = { kind: 'created', event: asPublished(event, status) }
    // the key comes before the endpoint: a replay is answered though its endpoint is gone by now
    else if (known || event.idempotencyKey !== null) unwritten.push({ place, event, known })
  }
  if (unwritten.length === 0) return answers

  const earlier = await findEarlier(
    db,
    unwritten.map((entry) => entry.event),
  )
  const again: typeof unwritten = []
  unwritten.forEach((entry, at) => {
    const answer = earlier[at]
    if (answer && answer.kind !== 'stale') answers[entry.place] = answer
    else if (entry.known && entry.event.idempotencyKey !== null) again.push(entry)
    else if (entry.known) answers[entry.place] = { kind: 'refused', detail: 'Another event has this id' }
  })
  const second = await publishAgain(again.map((entry) => entry.event))
  again.forEach((entry, at) => {
    const answer = second[at]
    if (answer) answers[entry.place] = answer
  })
  return answers
}

function asPublished(entry: NewEvent, status: EventStatus): WebhookEvent {
  return {
    id: entry.id,
    tenantId: entry.tenantId,
    type: entry.type,
    channel: entry.channel,
    subject: entry.subject,
    metadata: entry.metadata,
    idempotencyKey: entry.idempotencyKey,
    sourceEventId: entry.sourceEventId,
    endpointId: entry.endpointId,
    createdAt: entry.createdAt,
    deliverAt: entry.deliverAt,
    expiresAt: entry.expiresAt,
    status,
  }
}
