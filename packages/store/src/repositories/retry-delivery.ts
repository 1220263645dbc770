import type { Clock, Delivery, DeliveryStatus, EndpointStatus, RetryMode } from '@redrive/core'
import { familyRange, isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { DueDelivery } from '../ledger.ts'
import type { Deliveries, RetryAnswer } from '../repositories.ts'

/** How long a job is given to bring the delivery before the reconciler looks at it. */
const GRACE_SECONDS = 10
/** Of what was retried so recently, a call that was made before the retry's attempt had ended is a repetition. */
const REPETITION_SECONDS = 1
/** A delivery can change state between being refused and being looked at; that often in a row it does not. */
const MAX_TRIES = 5

interface RetryOptions {
  mode: RetryMode
  force: boolean
}

/**
 * API.md's table in one conditional update, so that of many calls at once one queues the delivery. Only where it
 * changes nothing is the row read, to say why.
 */
export function createRetry(
  db: Db,
  get: (tenantId: string, id: string) => Promise<Delivery | null>,
  clock: Clock,
): Deliveries['retry'] {
  return async (tenantId, id, options) => {
    if (!isUuid(id)) return { kind: 'unknown' }
    // by the time that a statement gets a connection, the first of many calls may have been served to its end
    const askedAt = new Date(clock())
    const answer = await decide(db, tenantId, id, options, askedAt)
    if (answer.kind !== 'queued') return answer
    const delivery = await get(tenantId, id)
    return delivery ? { kind: 'queued', delivery, due: answer.due } : { kind: 'unknown' }
  }
}

type Decision = Exclude<RetryAnswer, { kind: 'queued' }> | { kind: 'queued'; due: DueDelivery | null }

async function decide(db: Db, tenantId: string, id: string, options: RetryOptions, askedAt: Date): Promise<Decision> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const queued = await queue(db, tenantId, id, options, askedAt)
    if (queued) return queued
    const state = await explain(db, tenantId, id, options, askedAt)
    if (state) return state
  }
  // it is being worked on faster than we can look
  return { kind: 'conflict', reason: 'delivering' }
}

interface QueuedRow {
  round: number
  endpoint_id: string
  event_type: string
  next_attempt_at: Date
  endpoint_status: EndpointStatus
}

async function queue(
  db: Db,
  tenantId: string,
  id: string,
  options: RetryOptions,
  askedAt: Date,
): Promise<Decision | null> {
  const waiting = Prisma.sql`d.status IN ('pending', 'retrying')`
  const [row] = await db.$queryRaw<QueuedRow[]>`
    UPDATE deliveries d
    SET status = CASE WHEN ${waiting} THEN d.status ELSE 'pending' END,
        policy_attempts = CASE WHEN ${waiting} THEN d.policy_attempts ELSE 0 END,
        mode = CASE WHEN ${waiting} THEN d.mode ELSE ${options.mode} END,
        round = d.round + 1, trigger = 'manual', faults = 0,
        next_attempt_at = now(), retried_at = now(), updated_at = now(),
        look_at = CASE WHEN e.status = 'paused' THEN NULL ELSE now() + make_interval(secs => ${GRACE_SECONDS}) END,
        failure_code = NULL, failure_message = NULL, completed_at = NULL
    FROM endpoints e, events ev
    WHERE d.id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid AND e.id = d.endpoint_id AND ${isEventOf(id)}
      AND ${canBeQueued(options, askedAt)}
    RETURNING d.round, d.endpoint_id, d.event_type, d.next_attempt_at, e.status AS endpoint_status`
  if (!row) return null
  if (row.endpoint_status === 'paused') return { kind: 'queued', due: null }
  const due: DueDelivery = {
    deliveryId: id,
    round: row.round,
    tenantId,
    endpointId: row.endpoint_id,
    eventType: row.event_type,
    dueAt: row.next_attempt_at,
    trigger: 'manual',
  }
  return { kind: 'queued', due }
}

interface RefusedRow {
  status: DeliveryStatus
  endpoint_status: EndpointStatus
  endpoint_deleted: boolean
  expired: boolean
  can_be_queued: boolean
}

/** Why it was not queued; null if by now it can be. */
async function explain(
  db: Db,
  tenantId: string,
  id: string,
  options: RetryOptions,
  askedAt: Date,
): Promise<Decision | null> {
  const [row] = await db.$queryRaw<RefusedRow[]>`
    SELECT d.status, e.status AS endpoint_status, e.deleted_at IS NOT NULL AS endpoint_deleted,
           coalesce(ev.expires_at <= clock_timestamp(), false) AS expired,
           coalesce(${canBeQueued(options, askedAt)}, false) AS can_be_queued
    FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id JOIN events ev ON ${isEventOf(id)}
    WHERE d.id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid`
  if (!row) return { kind: 'unknown' }
  if (row.endpoint_deleted) return { kind: 'conflict', reason: 'endpoint_deleted' }
  if (row.endpoint_status === 'disabled') return { kind: 'conflict', reason: 'endpoint_disabled' }
  if (row.status === 'delivering') return { kind: 'conflict', reason: 'delivering' }
  if (row.status === 'succeeded' && !options.force) return { kind: 'conflict', reason: 'succeeded' }
  if (row.expired) return { kind: 'conflict', reason: 'expired' }
  // due already, parked by its owner's pause, or a repetition
  return row.can_be_queued ? null : { kind: 'queued', due: null }
}

/**
 * The condition, on `d`elivery, `e`ndpoint and `ev`ent. By the clock and not by `now()`, which is older than what the
 * winner wrote while this statement waited for the row. A parked delivery whose endpoint is active waits for a breaker:
 * a manual retry goes past it.
 */
function canBeQueued({ force }: RetryOptions, askedAt: Date): Prisma.Sql {
  return Prisma.sql`(
    e.deleted_at IS NULL AND e.status <> 'disabled'
    AND (ev.expires_at IS NULL OR ev.expires_at > clock_timestamp())
    AND (
      d.status IN ('failed', 'cancelled')
      OR d.status = 'succeeded' AND ${force}
      OR d.status IN ('pending', 'retrying')
        AND (d.next_attempt_at > clock_timestamp() OR d.look_at IS NULL AND e.status = 'active')
    )
    AND NOT (
      d.retried_at IS NOT NULL
      AND d.retried_at > clock_timestamp() - make_interval(secs => ${REPETITION_SECONDS})
      AND d.updated_at >= ${askedAt.toISOString()}::timestamptz
    )
  )`
}

/** Joins the event; the range keeps PostgreSQL to its partition. */
function isEventOf(id: string): Prisma.Sql {
  const { first, last } = familyRange(id)
  return Prisma.sql`ev.id = d.event_id AND ev.id BETWEEN ${first}::uuid AND ${last}::uuid`
}
