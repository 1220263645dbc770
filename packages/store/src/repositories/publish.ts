import type { EventStatus, WebhookEvent } from '@redrive/core'
import type { Db, Statements } from '../db.ts'
import type { Events, NewEvent, PublishAnswer } from '../repositories.ts'
import { badRowsMessage } from './database-errors.ts'
import { findEarlier } from './earlier-events.ts'
import { writeEvents } from './write-events.ts'

const ANOTHER_HAS_ITS_ID: PublishAnswer = { kind: 'refused', detail: 'Another event has this id' }

/** What comes of nearly all whose type somebody takes, and is not told one by one. */
const PENDING = { status: 'pending', refusal: null } as const

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
  const unwritten: { place: number; event: NewEvent; refused: boolean }[] = []
  const answers = events.map((event, place): PublishAnswer => {
    const { status, refusal } = cameOf.get(place) ?? PENDING
    if (status !== null) return { kind: 'created', event: asPublished(event, status) }
    // the key comes first: a replay is answered though its endpoint is gone by now, or its time is over
    if (refusal === null || event.idempotencyKey !== null) {
      unwritten.push({ place, event, refused: refusal !== null })
    }
    return refusal === null ? ANOTHER_HAS_ITS_ID : { kind: refusal }
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
    else if (!entry.refused && entry.event.idempotencyKey !== null) again.push(entry)
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
