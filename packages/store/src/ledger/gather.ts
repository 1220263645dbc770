import { GATHER_MORE_MS, GATHER_MS } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { idBounds, retryDeadlock } from './statement.ts'

/**
 * Of identical calls for a manual retry one makes an attempt, however quickly that attempt ends: it waits for the calls
 * that are on their way. Few are at any time, so it waits for a moment only; where a second one has come, it waits longer,
 * for the others. All by the database's clock.
 */

/** When a manual retry goes that is written now. */
export const GATHERED = Prisma.sql`(now() + ${GATHER_MS} * interval '1 ms')`

/** Of `d`elivery: it waits for a manual retry that one has asked for. */
export const GATHERS = Prisma.sql`(d.next_attempt_at = d.retried_at + ${GATHER_MS} * interval '1 ms')`

/** Of `d`elivery: it waits for a manual retry that several have asked for. */
export const GATHERS_MORE = Prisma.sql`(d.next_attempt_at = d.retried_at + ${GATHER_MORE_MS} * interval '1 ms')`

/** Somebody has asked once more for the manual retries that these wait for, where they do. */
export async function gatherMore(db: Db, ids: readonly string[]): Promise<void> {
  const { first, last } = idBounds(ids)
  await retryDeadlock(
    () => db.$executeRaw`
      UPDATE deliveries d SET next_attempt_at = d.retried_at + ${GATHER_MORE_MS} * interval '1 ms'
      WHERE d.id = ANY (${[...ids]}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
        AND d.status IN ('pending', 'retrying') AND d.trigger = 'manual' AND ${GATHERS}`,
  )
}
