import type { Delivery, DeliveryStatus, EndpointStatus } from '@redrive/core'
import { isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { DueDelivery } from '../ledger.ts'
import { extend, extending, gatherMs, NONE, SEEN } from '../ledger/gather.ts'
import type { Deliveries, RetryAnswer } from '../repositories.ts'
import { canBeQueued, isEventOf, QUEUED_COLUMNS, requeued, toDue } from './requeue.ts'
import type { QueuedRow, RequeueOptions } from './requeue.ts'

/** A delivery can change state between being refused and being looked at; that often in a row it does not. */
const MAX_TRIES = 5

/**
 * The table of docs/api.md in one conditional update, so that of many calls at once one queues the delivery. Only where it
 * changes nothing is the row read, to say why.
 */
export function createRetry(
  db: Db,
  get: (tenantId: string, id: string) => Promise<Delivery | null>,
): Deliveries['retry'] {
  return async (tenantId, id, options) => {
    if (!isUuid(id)) return { kind: 'unknown' }
    // by the time that the update gets a connection, the first of many calls may have been served to its end
    const askedAt = performance.now()
    const looked = await look(db, tenantId, id)
    if (looked === null) return { kind: 'unknown' }
    const waitMs = gatherMs(performance.now() - askedAt)
    const answer = await decide(db, tenantId, id, { ...options, ...looked, waitMs })
    if (answer.kind !== 'queued') return answer
    const delivery = await get(tenantId, id)
    return delivery ? { kind: 'queued', delivery, due: answer.due } : { kind: 'unknown' }
  }
}

interface Look {
  /** `SEEN`, as text that keeps to the instant */
  seen: string | null
  delivering: boolean
}

/** A manual retry that waits, waits longer from here on: until its update this call may take long itself. */
async function look(db: Db, tenantId: string, id: string): Promise<Look | null> {
  const itself = Prisma.sql`d.id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid`
  const [row] = await db.$queryRaw<Look[]>`
    WITH longer AS (${extending(itself)})
    SELECT ${SEEN}::text AS seen, d.status = 'delivering' AS delivering FROM deliveries d WHERE ${itself}`
  return row ?? null
}

interface Asked extends RequeueOptions, Look {
  waitMs: number
}

type Decision = Exclude<RetryAnswer, { kind: 'queued' }> | { kind: 'queued'; due: DueDelivery | null }

async function decide(db: Db, tenantId: string, id: string, asked: Asked): Promise<Decision> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const queued = await queue(db, tenantId, id, asked)
    if (queued) return queued
    const state = await explain(db, tenantId, id, asked)
    if (state) return state
  }
  // it is being worked on faster than we can look
  return { kind: 'conflict', reason: 'delivering' }
}

async function queue(db: Db, tenantId: string, id: string, asked: Asked): Promise<Decision | null> {
  const [row] = await db.$queryRaw<QueuedRow[]>`
    UPDATE deliveries d SET ${requeued(asked, 'manual', asked.waitMs)}
    FROM endpoints e, events ev
    WHERE d.id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid AND e.id = d.endpoint_id AND ${isEventOf(id)}
      AND ${canBeQueued(asked, seenAt(asked))}
    RETURNING ${QUEUED_COLUMNS}`
  if (!row) return null
  const [due] = toDue(row)
  return { kind: 'queued', due: due ? { ...due, waitMs: asked.waitMs } : null }
}

interface RefusedRow {
  status: DeliveryStatus
  endpoint_status: EndpointStatus
  endpoint_deleted: boolean
  expired: boolean
  can_be_queued: boolean
  repeated: boolean
}

/** Why it was not queued; null if by now it can be. */
async function explain(db: Db, tenantId: string, id: string, asked: Asked): Promise<Decision | null> {
  const [row] = await db.$queryRaw<RefusedRow[]>`
    SELECT d.status, e.status AS endpoint_status, e.deleted_at IS NOT NULL AS endpoint_deleted,
           coalesce(ev.expires_at <= clock_timestamp(), false) AS expired,
           coalesce(${canBeQueued(asked, seenAt(asked))}, false) AS can_be_queued,
           d.retried_at IS DISTINCT FROM ${seenAt(asked)} AS repeated
    FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id JOIN events ev ON ${isEventOf(id)}
    WHERE d.id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid`
  if (!row) return { kind: 'unknown' }
  const waits = row.status === 'pending' || row.status === 'retrying'
  // answered as the call that it repeats was, however far that one's attempt is by now
  if (row.repeated && !waits && !asked.delivering) return { kind: 'queued', due: null }
  if (row.endpoint_deleted) return { kind: 'conflict', reason: 'endpoint_deleted' }
  if (row.endpoint_status === 'disabled') return { kind: 'conflict', reason: 'endpoint_disabled' }
  if (row.status === 'delivering' || asked.delivering) return { kind: 'conflict', reason: 'delivering' }
  if (row.status === 'succeeded' && !asked.force) return { kind: 'conflict', reason: 'succeeded' }
  if (row.expired) return { kind: 'conflict', reason: 'expired' }
  if (row.can_be_queued) return null
  // due already, or parked by its owner's pause
  if (row.repeated && asked.seen !== NONE) await extend(db, [id])
  return { kind: 'queued', due: null }
}

function seenAt({ seen }: Asked): Prisma.Sql {
  return Prisma.sql`${seen}::timestamptz`
}
