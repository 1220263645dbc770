import type { EventStatus, WebhookEvent } from '@redrive/core'
import type { Db, Statements } from '../db.ts'
import type { Events, NewEvent, PublishAnswer } from '../repositories.ts'
import { badRowsMessage } from './database-errors.ts'
import { findEarlier } from './earlier-events.ts'
import { writeEvents } from './write-events.ts'

/** What comes of nearly all whose type somebody takes, and is not told one by one. */
const PENDING = { status: 'pending', endpoint: 'active' } as const

/**
 * Writes a batch in one statement. A row that PostgreSQL can't hold must not cost the other callers in the batch their
 * events, so then the halves are tried by themselves, down to that row.
 */
export function createPublish(db: Db, batches: Statements): Events['publish'] {
  return async function publish(events): Promise<PublishAnswer[]> {
    if (events.length === 0) return []
    try {
      return await publishTogether({ db, batches }, events, publish)
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
  { db, batches }: { db: Db; batches: Statements },
  events: readonly NewEvent[],
  publishAgain: Events['publish'],
): Promise<PublishAnswer[]> {
  const written = await writeEvents(batches, events)
  const cameOf = new Map(written.flatMap((some) => some.places.map((place) => [place, some])))
  const unwritten: { place: number; event: NewEvent; known: boolean }[] = []
  const answers = events.map((event, place): PublishAnswer => {
    const { status, endpoint } = cameOf.get(place) ?? PENDING
    if (status !== null) return { kind: 'created', event: asPublished(event, status) }
    const known = endpoint === 'active' || endpoint === 'paused'
    const isGone = endpoint === 'deleted' || endpoint === 'disabled'
    // the key comes before the endpoint: a replay is answered though its endpoint is gone by now
    if (known || event.idempotencyKey !== null) unwritten.push({ place, event, known })
    return { kind: isGone ? `endpoint_${endpoint}` : 'unknown_endpoint' }
  })
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
