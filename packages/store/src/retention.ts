import { firstIdAt } from '@redrive/core'
import type { Db } from './db.ts'

const DAY_MS = 86_400_000
/** Rows outside the daily partitions go in bounded batches, so that no statement runs for long. */
const BATCH = 5_000

/**
 * Removes what is older than `days` whole days (UTC) and finished: daily partitions as a whole, and in batches
 * what the default partitions and the idempotency keys hold. Nothing owed is removed. Answers how many days were dropped.
 */
export async function dropOldDays(db: Db, days: number, now: Date = new Date()): Promise<number> {
  let dropped = 0
  while (await dropDay(db, days)) dropped++
  const before = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS - days * DAY_MS)
  const firstKept = firstIdAt(before.getTime())
  await untilNoneIsLeft(
    () => db.$executeRaw`
      DELETE FROM idempotency_keys WHERE (tenant_id, key) IN (
        SELECT tenant_id, key FROM idempotency_keys WHERE created_at < ${before} ORDER BY created_at LIMIT ${BATCH})`,
  )
  // what hangs on something goes after it: an event and its attempts share the first 64 bits of its deliveries' ids
  await untilNoneIsLeft(
    () => db.$executeRaw`
      DELETE FROM deliveries_default WHERE id IN (
        SELECT id FROM deliveries_default
        WHERE id < ${firstKept}::uuid AND status IN ('succeeded', 'failed', 'cancelled') ORDER BY id LIMIT ${BATCH}
        FOR UPDATE SKIP LOCKED)`,
  )
  await untilNoneIsLeft(
    () => db.$executeRaw`
      DELETE FROM attempts_default WHERE id IN (
        SELECT a.id FROM attempts_default a
        WHERE a.id < ${firstKept}::uuid AND NOT EXISTS (SELECT FROM deliveries d WHERE d.id = a.delivery_id)
        ORDER BY a.id LIMIT ${BATCH})`,
  )
  await untilNoneIsLeft(
    () => db.$executeRaw`
      DELETE FROM events_default WHERE id IN (
        SELECT e.id FROM events_default e
        WHERE e.id < ${firstKept}::uuid AND e.status = 'dispatched' AND NOT EXISTS (
          SELECT FROM deliveries d WHERE d.event_id = e.id
            AND d.id BETWEEN (left(e.id::text, 18) || '-8000-000000000000')::uuid
                         AND (left(e.id::text, 18) || '-bfff-ffffffffffff')::uuid)
        ORDER BY e.id LIMIT ${BATCH})`,
  )
  return dropped
}

async function dropDay(db: Db, days: number): Promise<boolean> {
  const [row] = await db.$queryRaw<{ dropped: boolean }[]>`SELECT redrive_drop_day(${days}::int) AS dropped`
  return row?.dropped ?? false
}

async function untilNoneIsLeft(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) === BATCH);
}
