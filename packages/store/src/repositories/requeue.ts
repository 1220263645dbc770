import { familyRange } from '@redrive/core'
import type { RetryMode } from '@redrive/core'
import { Prisma } from '../generated/client.ts'
import type { DueDelivery } from '../ledger.ts'
import { gathered, GATHERS } from '../ledger/gather.ts'
import { GRACE_SECONDS } from '../ledger/statement.ts'

export interface RequeueOptions {
  mode: RetryMode
  /** succeeded ones too */
  force: boolean
}

/**
 * What queueing a `d`elivery of `e`ndpoint again sets: one that was finished begins its policy anew, one that waits
 * goes now and its schedule goes on from there. To a paused endpoint it is parked, and to one that takes its deliveries
 * in order: only the gate knows whose turn it is. By its new fence a ticket from before is worth nothing.
 */
export function requeued(options: RequeueOptions, trigger: 'manual' | 'bulk', waitMs = 0): Prisma.Sql {
  const waiting = Prisma.sql`d.status IN ('pending', 'retrying')`
  return Prisma.sql`
    status = CASE WHEN ${waiting} THEN d.status ELSE 'pending' END,
    policy_attempts = CASE WHEN ${waiting} THEN d.policy_attempts ELSE 0 END,
    mode = CASE WHEN ${waiting} THEN d.mode ELSE ${options.mode} END,
    round = d.round + 1, fence = d.fence + 1, trigger = ${trigger}, faults = 0, interruptions = 0, cancel_asked = false,
    next_attempt_at = ${gathered(waitMs)}, retried_at = now(), updated_at = now(),
    look_at = CASE WHEN e.status = 'paused' OR ${goesInOrder(trigger)} THEN NULL ELSE now() + make_interval(secs => ${GRACE_SECONDS}) END,
    failure_code = NULL, failure_message = NULL, completed_at = NULL`
}

/** A person's retry of one is the probe of a closed gate, which goes by no order. */
function goesInOrder(trigger: 'manual' | 'bulk'): Prisma.Sql {
  return Prisma.sql`(
    e.ordering = 'fifo' AND (${trigger === 'bulk'} OR NOT EXISTS (
      SELECT 1 FROM endpoint_health h
      WHERE h.endpoint_id = e.id AND (h.breaker_state <> 'closed' OR h.not_before > now())
    ))
  )`
}

/**
 * The condition, on `d`elivery, `e`ndpoint and `ev`ent. By the clock and not by `now()`, which is older than what the
 * winner wrote while this statement waited for the row. A parked delivery whose endpoint is active waits at its gate:
 * a manual retry goes past it; and one that waits for what a manual retry gathers is that retry already. `seen`: the
 * `retried_at` after which the caller may queue it (`SEEN`): where it is another by now, somebody else has queued it.
 */
export function canBeQueued({ force }: Pick<RequeueOptions, 'force'>, seen: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    e.deleted_at IS NULL AND e.status <> 'disabled'
    AND (ev.expires_at IS NULL OR ev.expires_at > clock_timestamp())
    AND (
      d.status IN ('failed', 'cancelled')
      OR d.status = 'succeeded' AND ${force}
      OR d.status IN ('pending', 'retrying')
        AND (d.next_attempt_at > clock_timestamp() OR d.look_at IS NULL AND e.status = 'active')
        AND (d.next_attempt_at <= clock_timestamp() OR ${GATHERS} IS NOT TRUE)
    )
    AND d.retried_at IS NOT DISTINCT FROM ${seen}
  )`
}

/** Joins the event; the range keeps PostgreSQL to its partition. `id`: the event's or a delivery's of it. */
export function isEventOf(id: string): Prisma.Sql {
  const { first, last } = familyRange(id)
  return Prisma.sql`ev.id = d.event_id AND ev.id BETWEEN ${first}::uuid AND ${last}::uuid`
}

/** A delivery that was queued, as a statement returns it (`QUEUED_COLUMNS`). */
export interface QueuedRow extends DueDelivery {
  /** its endpoint is paused, or takes its deliveries in order: it waits at the gate, without a job */
  parked: boolean
}

/** Of `d`. */
export const QUEUED_COLUMNS = Prisma.sql`
  d.id AS "deliveryId", d.round, d.tenant_id AS "tenantId", d.endpoint_id AS "endpointId",
  d.event_type AS "eventType", d.next_attempt_at AS "dueAt", d.trigger, d.look_at IS NULL AS parked`

/** What wants a job. */
export function toDue({ parked, ...due }: QueuedRow): DueDelivery[] {
  return parked ? [] : [due]
}
