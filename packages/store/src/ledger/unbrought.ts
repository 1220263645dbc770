import type { Db } from '../db.ts'
import type { Ledger } from '../ledger.ts'
import { GRACE_SECONDS, idBounds, retryDeadlock } from './statement.ts'

/** Rows that one statement moves. */
const BATCH = 5_000

/** The queue may only be slow, and have taken the job after all: what it does not take is not pressed on it at once. */
const PAUSE_SECONDS = 1

/**
 * What the queue did not take is looked at a second later, and not after the grace of a job that is on its way. What has
 * been due for longer, after half of that: a queue that is overloaded is not loaded more.
 */
export function createUnbrought(db: Db): Ledger['unbrought'] {
  return async ({ eventIds, deliveryIds }) => {
    if (eventIds.length + deliveryIds.length === 0) return
    const events = idBounds(eventIds)
    const deliveries = idBounds(deliveryIds)
    await retryDeadlock(
      () => db.$executeRaw`
        WITH fresh AS (
          UPDATE events SET look_at = least(look_at, now() + make_interval(secs =>
            least(${GRACE_SECONDS}, greatest(${PAUSE_SECONDS}, extract(epoch FROM now() - coalesce(deliver_at, created_at)) / 2))::float8))
          WHERE id = ANY (${[...eventIds]}::uuid[]) AND id BETWEEN ${events.first}::uuid AND ${events.last}::uuid
            AND status = 'pending' AND look_at > now()
        )
        UPDATE deliveries SET look_at = least(look_at, greatest(now(), next_attempt_at) + make_interval(secs =>
          least(${GRACE_SECONDS}, greatest(${PAUSE_SECONDS}, extract(epoch FROM now() - next_attempt_at) / 2))::float8))
        WHERE id = ANY (${[...deliveryIds]}::uuid[])
          AND id BETWEEN ${deliveries.first}::uuid AND ${deliveries.last}::uuid
          AND status IN ('pending', 'retrying') AND look_at > now()`,
    )
  }
}

/**
 * The same for all that a job should be bringing, soonest first, a batch after the other. `look_at` is at the same time
 * the cursor: what was moved lies before it.
 */
export function createRecall(db: Db): Ledger['recall'] {
  return async () => {
    await db.$executeRaw`UPDATE events SET look_at = now() WHERE look_at > now() AND status = 'pending'`
    let from = new Date(0)
    for (let moved = BATCH; moved === BATCH;) {
      const [row] = await retryDeadlock(
        () => db.$queryRaw<{ moved: number; last: Date | null }[]>`
          WITH promised AS MATERIALIZED (
            SELECT id, look_at FROM deliveries
            WHERE look_at > now() AND look_at >= ${from.toISOString()}::timestamptz
              AND status IN ('pending', 'retrying') AND look_at <> next_attempt_at
            ORDER BY look_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
          ), moved AS (
            UPDATE deliveries SET look_at = greatest(now(), next_attempt_at)
            WHERE id = ANY (ARRAY(SELECT id FROM promised)) AND status IN ('pending', 'retrying')
          )
          SELECT count(*)::int AS moved, max(look_at) AS last FROM promised`,
      )
      moved = row?.moved ?? 0
      from = row?.last ?? from
    }
  }
}
