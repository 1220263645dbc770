import type { Db } from '../db.ts'
import type { DueDelivery, Ledger } from '../ledger.ts'
import { cancelExpired } from './expired-events.ts'
import { closeExpiredLeases } from './expired-leases.ts'
import type { ExpiredLease } from './expired-leases.ts'
import { retryDeadlock } from './statement.ts'
import { unpark } from './unpark.ts'

/** However long a row has waited, it is looked at again this soon. */
const LONGEST_PAUSE_SECONDS = 60
/** Overdue for so long, and again each time that this doubles, a job is taken for lost or for kept as a failed one,
 * which would swallow its own id: a new round. */
const NEW_ROUND_SECONDS = 300

interface SweptDelivery extends DueDelivery, ExpiredLease {
  status: 'pending' | 'retrying' | 'delivering'
}

/**
 * The reconciler's look. A row that stays due is looked at again after a pause that grows with its age, so that a long
 * backlog is not enqueued over and over. Rows that others have locked are left to them.
 */
export function createSweep(db: Db): Ledger['sweep'] {
  return async (limit, graceSeconds) => {
    const events = await sweepEvents(db, limit, graceSeconds)
    const ended = events.filter((event) => event.dispatched).map((event) => event.id)
    await retryDeadlock(() => cancelExpired(db, ended))
    const released = await unpark(db, limit)
    const swept = await sweepDeliveries(db, limit, graceSeconds)
    const expired = swept.filter((row) => row.status === 'delivering')
    const interrupted = await retryDeadlock(() => closeExpiredLeases(db, expired, graceSeconds))
    const owed = swept.filter((row) => row.status !== 'delivering').map(toDue)
    return {
      eventIds: events.filter((event) => !event.dispatched).map((event) => event.id),
      deliveries: [...interrupted, ...released, ...owed],
      interrupted: interrupted.length,
    }
  }
}

/**
 * Scheduled events whose time has come become pending; pending ones are returned until they are dispatched, and
 * dispatched ones when they expire.
 */
async function sweepEvents(
  db: Db,
  limit: number,
  graceSeconds: number,
): Promise<{ id: string; dispatched: boolean }[]> {
  return db.$queryRaw<{ id: string; dispatched: boolean }[]>`
    WITH due AS (
      SELECT id, extract(epoch FROM now() - coalesce(deliver_at, created_at))::float8 AS age
      FROM events WHERE look_at <= now() ORDER BY look_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE events e SET
      status = CASE e.status WHEN 'dispatched' THEN e.status ELSE 'pending' END,
      look_at = now() + make_interval(secs => greatest(${graceSeconds}, least(due.age / 2, ${LONGEST_PAUSE_SECONDS})))
    FROM due WHERE e.id = due.id
    RETURNING e.id, e.status = 'dispatched' AS dispatched`
}

/** Moves on what is pending or retrying; expired leases are only listed. */
async function sweepDeliveries(db: Db, limit: number, graceSeconds: number): Promise<SweptDelivery[]> {
  return db.$queryRaw<SweptDelivery[]>`
    WITH due AS (
      SELECT *, extract(epoch FROM now() - coalesce(next_attempt_at, look_at))::float8 AS age,
             extract(epoch FROM look_at - coalesce(next_attempt_at, look_at))::float8 - ${LONGEST_PAUSE_SECONDS} AS earlier_age
      FROM deliveries WHERE look_at <= now() ORDER BY look_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), moved AS (
      UPDATE deliveries d SET
        look_at = now() + make_interval(secs => greatest(${graceSeconds}, least(due.age / 2, ${LONGEST_PAUSE_SECONDS}))),
        round = d.round + (
          due.age >= ${NEW_ROUND_SECONDS}
          AND floor(log((due.age / ${NEW_ROUND_SECONDS})::numeric) / log(2.0))
            > floor(log((greatest(due.earlier_age, 1) / ${NEW_ROUND_SECONDS})::numeric) / log(2.0))
        )::int
      FROM due WHERE d.id = due.id AND due.status IN ('pending', 'retrying')
      RETURNING d.id, d.round
    )
    SELECT due.id AS "deliveryId", coalesce(moved.round, due.round) AS round, due.tenant_id AS "tenantId",
           due.endpoint_id AS "endpointId", due.event_type AS "eventType",
           coalesce(due.next_attempt_at, due.look_at) AS "dueAt", due.trigger, due.status, due.fence,
           due.attempt_count AS "attemptCount"
    FROM due LEFT JOIN moved USING (id)`
}

function toDue({ deliveryId, round, tenantId, endpointId, eventType, dueAt, trigger }: SweptDelivery): DueDelivery {
  return { deliveryId, round, tenantId, endpointId, eventType, dueAt, trigger }
}
