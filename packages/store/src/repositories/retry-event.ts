import type { EndpointStatus, RetryPolicy } from '@redrive/core'
import { deliveryId, familyRange, isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { extend, extending, gathered, gatherMs, NONE, SEEN } from '../ledger/gather.ts'
import { findEvents, recipientsOf } from '../ledger/recipients.ts'
import { GRACE_SECONDS, retryDeadlock } from '../ledger/statement.ts'
import type { EventRetryAnswer, Events } from '../repositories.ts'
import { findDeliveriesOf } from './delivery-query.ts'
import { toDelivery } from './delivery-row.ts'
import { canBeQueued, isEventOf, QUEUED_COLUMNS, requeued, toDue } from './requeue.ts'
import type { QueuedRow } from './requeue.ts'

interface Target {
  endpointId: string
  parked: boolean
  paused: boolean
}

interface LoadedEvent {
  id: string
  tenantId: string
  type: string
  scheduled: boolean
  expired: boolean
  /** what was seen of each of its deliveries (`SEEN`), by id, as text that keeps to the instant */
  seen: Record<string, string | null>
}

/** Makes and queues in one statement, so that of many calls at once one does it. */
export function createRetryEvent(db: Db, defaultPolicy: RetryPolicy): Events['retry'] {
  return async (tenantId, id, { endpointId, onlyFailed, onlyActive = false, channel }) => {
    if (!isUuid(id)) return { kind: 'unknown' }
    // first of all: by the time that the update gets a connection, the first of many calls may have been served to its end
    const askedAt = performance.now()
    const event = await retryDeadlock(() => load(db, tenantId, id, endpointId))
    const waitMs = gatherMs(performance.now() - askedAt)
    if (event === null) return { kind: 'unknown' }
    if (event.expired) return { kind: 'conflict', reason: 'expired' }
    if (event.scheduled) return { kind: 'conflict', reason: 'scheduled' }
    const found = endpointId === null ? await subscribed(db, event.id, channel) : await named(db, tenantId, endpointId)
    if ('kind' in found) return found
    const targets = found.filter((target) => !onlyActive || !target.paused)

    const queued = await retryDeadlock(() => queue(db, event, targets, { onlyFailed, waitMs }))
    const ids = targets.map((target) => deliveryId(event.id, target.endpointId))
    const taken = new Set(queued.map((row) => row.deliveryId))
    const others = ids.filter((one) => !taken.has(one) && event.seen[one] !== NONE)
    if (others.length > 0) await extend(db, others)
    const rows = await findDeliveriesOf(db, event.id, ids)
    return {
      kind: 'queued',
      deliveries: rows
        .filter((row) => !onlyFailed || taken.has(row.id) || row.status !== 'succeeded')
        .map((row) => toDelivery(row, defaultPolicy)),
      due: queued.flatMap(toDue).map((due) => ({ ...due, waitMs })),
    }
  }
}

/**
 * With its deliveries, or the one that `endpointId` names. Those of them for which a manual retry waits, wait longer from
 * here on, although the call may turn out not to be about them: until its update it may take long itself.
 */
async function load(db: Db, tenantId: string, id: string, endpointId: string | null): Promise<LoadedEvent | null> {
  const only = endpointId !== null && isUuid(endpointId) ? deliveryId(id, endpointId) : null
  const { first, last } = only === null ? familyRange(id) : { first: only, last: only }
  const these = Prisma.sql`
    d.id BETWEEN ${first}::uuid AND ${last}::uuid AND d.event_id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid`
  const [row] = await db.$queryRaw<LoadedEvent[]>`
    WITH longer AS (${extending(these)})
    SELECT id, tenant_id AS "tenantId", type, status = 'scheduled' AND deliver_at > now() AS scheduled, coalesce(expires_at <= now(), false) AS expired,
           (SELECT coalesce(json_object_agg(d.id, ${SEEN}), '{}') FROM deliveries d WHERE ${these}) AS seen
    FROM events WHERE id = ${id}::uuid AND tenant_id = ${tenantId}::uuid`
  return row ?? null
}

/** `channel`: as if the event had this one. */
async function subscribed(db: Db, eventId: string, channel: string | null | undefined): Promise<Target[]> {
  return recipientsOf(db, await findEvents(db, [eventId], { most: null }, channel))
}

async function named(db: Db, tenantId: string, endpointId: string): Promise<Target[] | EventRetryAnswer> {
  const endpoint = isUuid(endpointId)
    ? await db.endpoint.findFirst({
        where: { id: endpointId, tenantId, callbackOf: null },
        select: { status: true, ordering: true, deletedAt: true },
      })
    : null
  if (!endpoint) return { kind: 'unknown_endpoint' }
  if (endpoint.deletedAt !== null) return { kind: 'conflict', reason: 'endpoint_deleted' }
  // a check of the table
  const status = endpoint.status as EndpointStatus
  if (status === 'disabled') return { kind: 'conflict', reason: 'endpoint_disabled' }
  const paused = status === 'paused'
  return [{ endpointId, parked: paused || endpoint.ordering === 'fifo', paused }]
}

async function queue(
  db: Db,
  event: LoadedEvent,
  targets: readonly Target[],
  { onlyFailed, waitMs }: { onlyFailed: boolean; waitMs: number },
): Promise<QueuedRow[]> {
  if (targets.length === 0) return []
  const options = { mode: 'policy', force: !onlyFailed } as const
  const { first, last } = familyRange(event.id)
  const ids = targets.map((target) => deliveryId(event.id, target.endpointId))
  // what was made since the call came in, it repeats
  const known = ids.filter((id) => id in event.seen)
  return db.$queryRaw<QueuedRow[]>`
    WITH made AS (
      INSERT INTO deliveries AS d (
        id, event_id, endpoint_id, tenant_id, event_type, trigger, next_attempt_at, retried_at, look_at
      )
      SELECT id, ${event.id}::uuid, endpoint_id, ${event.tenantId}::uuid, ${event.type}, 'manual', ${gathered(waitMs)}, now(),
             CASE WHEN NOT parked THEN now() + make_interval(secs => ${GRACE_SECONDS}) END
      FROM unnest(
        ${ids}::uuid[],
        ${targets.map((target) => target.endpointId)}::uuid[],
        ${targets.map((target) => target.parked)}::boolean[]
      ) AS i(id, endpoint_id, parked)
      ORDER BY id
      ON CONFLICT (id) DO NOTHING
      RETURNING ${QUEUED_COLUMNS}
    ), queued AS (
      UPDATE deliveries d SET ${requeued(options, 'manual', waitMs)}
      FROM unnest(
        ${known}::uuid[], ${known.map((id) => event.seen[id] ?? null)}::timestamptz[]
      ) AS seen(id, at), endpoints e, events ev
      WHERE d.id = seen.id AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
        AND e.id = d.endpoint_id AND ${isEventOf(event.id)} AND ${canBeQueued(options, Prisma.sql`seen.at`)}
      RETURNING ${QUEUED_COLUMNS}
    )
    SELECT * FROM made UNION ALL SELECT * FROM queued`
}
