import type { BulkRetry } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { idBounds, retryDeadlock } from '../ledger/statement.ts'
import type { BulkRetries, BulkStep } from '../repositories.ts'
import type { Batch, Transaction } from './bulk-batch.ts'
import { isInReach, isMatch } from './bulk-match.ts'
import { makeMissing } from './bulk-missing.ts'
import { toBulkRetry } from './bulk-retry-row.ts'
import { canBeQueued, QUEUED_COLUMNS, requeued, toDue } from './requeue.ts'
import type { QueuedRow } from './requeue.ts'

/** Deliveries that one batch looks through, where few of them match. */
const WINDOW = 2_000
/** A batch does not depend on the client's default, which is shorter than one statement may take. */
const PATIENCE = { maxWait: 5_000, timeout: 30_000 }

/**
 * The row's lock makes one batch after the other of one bulk retry, whoever takes them; SKIP LOCKED sends a second
 * worker to another one.
 */
export function createBulkStep(db: Db): BulkRetries['step'] {
  return (limit) =>
    retryDeadlock(async () => {
      const taken: string[] = []
      try {
        return await db.$transaction(async (tx): Promise<BulkStep | null> => {
          const [turn] = await tx.$queryRaw<{ id: string; cursor: string | null }[]>`
            SELECT id, cursor FROM bulk_retries WHERE status = 'running'
            ORDER BY updated_at LIMIT 1 FOR UPDATE SKIP LOCKED`
          if (!turn) return null
          taken.push(turn.id)
          return await takeBatch(tx, turn, limit)
        }, PATIENCE)
      } catch (error) {
        // one that can't go on must not keep the others from their turns
        await db.$executeRaw`
          UPDATE bulk_retries SET updated_at = now() WHERE id = ANY (${taken}::uuid[])`.catch(() => 0)
        throw error
      }
    })
}

async function takeBatch(
  tx: Transaction,
  turn: { id: string; cursor: string | null },
  limit: number,
): Promise<BulkStep> {
  const retry = toBulkRetry(await tx.bulkRetry.findUniqueOrThrow({ where: { id: turn.id } }))
  const batch = await (retry.onlyMissing ? makeMissing : queueMatching)(tx, retry, turn.cursor, limit)
  const isOver = batch.cursor === null
  const queued = retry.queued + batch.rows.length
  const skipped = retry.skipped + batch.seen - batch.rows.length
  const now = new Date()
  const after = await tx.bulkRetry.update({
    where: { id: retry.id },
    data: {
      queued,
      // more than was counted, where counting took too long or more failed meanwhile
      matched: Math.max(retry.matched, queued + skipped),
      // what has changed since it was counted was not even looked at
      skipped: isOver ? Math.max(skipped, retry.matched - queued) : skipped,
      updatedAt: now,
      ...(isOver ? { status: 'completed', completedAt: now } : { cursor: batch.cursor }),
    },
  })
  return { retry: toBulkRetry(after), due: batch.rows.flatMap(toDue) }
}

/** Deliveries that have not changed since they were counted: one that fails again is not taken a second time. */
async function queueMatching(tx: Transaction, retry: BulkRetry, cursor: string | null, limit: number): Promise<Batch> {
  // times are kept in milliseconds, rounded
  const unchangedSince = new Date(retry.createdAt.getTime() + 1)
  const isLeft = Prisma.sql`
    ${isMatch(retry.tenantId, retry.filter)} AND d.updated_at <= ${unchangedSince.toISOString()}::timestamptz`
  // read no further than to the last of the batch, unless fewer match
  const [scan] = await tx.$queryRaw<{ scanned: number | null; last: string | null; ids: string[] }[]>`
    WITH reached AS MATERIALIZED (
      SELECT d.id, ${isLeft} AS matches FROM deliveries d
      WHERE ${isInReach(retry.tenantId, retry.filter)}
        ${cursor === null ? Prisma.empty : Prisma.sql`AND d.id > ${cursor}::uuid`}
      ORDER BY d.id LIMIT ${WINDOW}
    ), found AS MATERIALIZED (
      SELECT ARRAY(SELECT id FROM reached WHERE matches LIMIT ${limit}) AS ids
    )
    SELECT ids,
           CASE WHEN cardinality(ids) < ${limit} THEN (SELECT count(*)::int FROM reached) END AS scanned,
           CASE WHEN cardinality(ids) < ${limit} THEN (SELECT id FROM reached ORDER BY id DESC LIMIT 1) END AS last
    FROM found`
  const ids = scan?.ids ?? []
  const { first, last } = idBounds(ids)
  const options = { mode: retry.mode, force: true }
  const rows = await tx.$queryRaw<QueuedRow[]>`
    UPDATE deliveries d SET ${requeued(options, 'bulk')}
    FROM endpoints e, events ev
    WHERE d.id = ANY (${ids}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
      AND e.id = d.endpoint_id AND ev.id = d.event_id AND ev.id BETWEEN ${first}::uuid AND ${last}::uuid
      AND ${isLeft} AND ${canBeQueued(options, Prisma.sql`d.retried_at`)}
    RETURNING ${QUEUED_COLUMNS}`
  const isScanned = (scan?.scanned ?? 0) < WINDOW
  const next = ids.length === limit ? (ids.at(-1) ?? null) : isScanned ? null : (scan?.last ?? null)
  return { seen: ids.length, rows, cursor: next }
}
