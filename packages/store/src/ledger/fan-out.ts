import { deliveryId } from '@redrive/core'
import type { Statements } from '../batches.ts'
import type { Db } from '../db.ts'
import type { DueDelivery, Ledger } from '../ledger.ts'
import { letIn } from './let-in.ts'
import { findOwed } from './owed.ts'
import { GRACE_SECONDS, idBounds, retryDeadlock } from './statement.ts'
import { findRecipients } from './recipients.ts'
import type { PendingEvent, Recipient } from './recipients.ts'

/**
 * Deliveries in one insert: an event to very many endpoints becomes several statements, each so short that neither this
 * process nor those who wait for the same rows or pages notice.
 */
const INSERT_CHUNK = 500
/** What a chunk may take to be brought at the slowest pace: the next one is looked for that much later. */
const CHUNK_SECONDS = 2

interface NewDelivery {
  id: string
  event: PendingEvent
  endpointId: string
  parked: boolean
}

interface LoadedEvent extends PendingEvent {
  status: 'scheduled' | 'pending' | 'dispatched'
  due: boolean
}

/** Looks up who subscribes, then inserts deliveries and marks their events in one statement a chunk. */
export function createFanOut(db: Db, batches: Statements): Pick<Ledger, 'fanOut' | 'fanOutUpTo'> {
  return {
    fanOut: async (eventIds) => (await fanOut({ db, batches }, eventIds, Infinity)).due,
    fanOutUpTo: (eventIds, most) => fanOut({ db, batches }, eventIds, most),
  }
}

async function fanOut(
  { db, batches }: { db: Db; batches: Statements },
  eventIds: readonly string[],
  most: number,
): ReturnType<Ledger['fanOutUpTo']> {
  if (eventIds.length === 0) return { due: [], left: [] }
  const loaded = await loadEvents(batches, eventIds)
  const found = loaded.filter((event) => event.status === 'pending' && event.due)
  // dispatched by an earlier run of the same job, which may have died before it enqueued them
  const unsure = new Set(loaded.filter((event) => event.status === 'dispatched').map((event) => event.id))

  const { recipients, left } = upTo(most, await findRecipients(batches, found))
  const pending = found.filter((event) => !left.has(event.id))
  const due: DueDelivery[] = []
  for (const [chunk, { rows, done }] of chunksOf(recipients, pending).entries()) {
    const graceSeconds = GRACE_SECONDS + chunk * CHUNK_SECONDS
    const inserted = await retryDeadlock(() => insert(batches, rows, done, graceSeconds))
    const insertedAt = new Map(inserted.map((row) => [row.id, row.dueAt]))
    for (const row of rows) {
      const dueAt = insertedAt.get(row.id)
      if (dueAt === undefined) unsure.add(row.event.id)
      else if (!row.parked) due.push(dueDelivery(row, dueAt))
    }
  }
  const already = new Set(due.map((delivery) => delivery.deliveryId))
  const owed = await findOwed(db, [...unsure])
  const inOrder = new Set(recipients.filter((one) => one.inOrder).map((one) => one.endpointId))
  const next = await letIn(db, [...inOrder])
  return {
    due: [...due, ...next.deliveries, ...owed.filter((delivery) => !already.has(delivery.deliveryId))],
    left: [...left],
  }
}

/** Whole events, as many as have no more recipients together. */
function upTo(most: number, all: Recipient[]): { recipients: Recipient[]; left: Set<string> } {
  if (all.length <= most) return { recipients: all, left: new Set() }
  let room = most
  const left = new Set<string>()
  const recipients = [...Map.groupBy(all, ({ event }) => event.id)].flatMap(([eventId, some]) => {
    if (some.length > room) {
      left.add(eventId)
      return []
    }
    room -= some.length
    return some
  })
  return { recipients, left }
}

/** An event is done with the last chunk that holds a delivery of it; one without recipients with the first. */
function chunksOf(recipients: readonly Recipient[], pending: readonly PendingEvent[]) {
  if (pending.length === 0) return []
  // in the order of ids, so that two runs over the same events meet without deadlock
  const wanted = recipients
    .map(({ event, endpointId, parked }): NewDelivery => ({
      id: deliveryId(event.id, endpointId),
      event,
      endpointId,
      parked,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const lastChunkOf = new Map(wanted.map((delivery, at) => [delivery.event.id, Math.floor(at / INSERT_CHUNK)]))
  return Array.from({ length: Math.max(1, Math.ceil(wanted.length / INSERT_CHUNK)) }, (_, chunk) => ({
    rows: wanted.slice(chunk * INSERT_CHUNK, (chunk + 1) * INSERT_CHUNK),
    done: pending.filter((event) => (lastChunkOf.get(event.id) ?? 0) === chunk).map((event) => event.id),
  }))
}

function dueDelivery({ id, event, endpointId }: NewDelivery, dueAt: Date): DueDelivery {
  return {
    deliveryId: id,
    round: 0,
    tenantId: event.tenantId,
    endpointId,
    eventType: event.type,
    dueAt,
    trigger: 'automatic',
    trace: event.trace ?? null,
  }
}

async function loadEvents(db: Statements, eventIds: readonly string[]): Promise<LoadedEvent[]> {
  const { first, last } = idBounds(eventIds)
  return db.$queryRaw<LoadedEvent[]>`
    SELECT id, tenant_id AS "tenantId", type, channel, endpoint_id AS "endpointId", status, trace,
           deliver_at IS NULL OR deliver_at <= now() AS due
    FROM events
    WHERE id = ANY (${[...eventIds]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid`
}

async function insert(
  db: Statements,
  rows: readonly NewDelivery[],
  dispatched: readonly string[],
  graceSeconds: number,
): Promise<{ id: string; dueAt: Date }[]> {
  const { first, last } = idBounds(dispatched)
  return db.$queryRaw<{ id: string; dueAt: Date }[]>`
    WITH dispatched AS (
      UPDATE events SET status = 'dispatched', look_at = expires_at, dispatched_at = now()
      WHERE id = ANY (${[...dispatched]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid AND status = 'pending'
    )
    INSERT INTO deliveries (id, event_id, endpoint_id, tenant_id, event_type, next_attempt_at, look_at)
    SELECT id, event_id, endpoint_id, tenant_id, event_type, now(),
           CASE WHEN NOT parked THEN now() + make_interval(secs => ${graceSeconds}) END
    FROM unnest(
      ${rows.map((row) => row.id)}::uuid[],
      ${rows.map((row) => row.event.id)}::uuid[],
      ${rows.map((row) => row.endpointId)}::uuid[],
      ${rows.map((row) => row.event.tenantId)}::uuid[],
      ${rows.map((row) => row.event.type)}::text[],
      ${rows.map((row) => row.parked)}::boolean[]
    ) AS i(id, event_id, endpoint_id, tenant_id, event_type, parked)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, next_attempt_at AS "dueAt"`
}
