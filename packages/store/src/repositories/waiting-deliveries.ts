import type { Failure } from '@redrive/core'
import type { Prisma } from '../generated/client.ts'

/** The client, or a transaction of it. */
type Statements = Pick<Prisma.TransactionClient, '$executeRaw'>

/** Rows that one statement touches; what is left over is settled by the workers' claims. */
const BATCH = 1000

/**
 * Ends what waits for these endpoints, the parked and then the soonest due, at most a batch of each: the caller's
 * request stays short however much waits. The rest ends when it comes due, because a claim looks at the endpoint too.
 */
export async function closeWaiting(
  db: Statements,
  endpointIds: readonly string[],
  end: { status: 'cancelled'; failure: null } | { status: 'failed'; failure: Failure },
): Promise<void> {
  // Two selections, because each has an index of its own (parked by endpoint, look_at) and an OR would have none.
  // Rows that a worker has locked are skipped: its claim or its record comes first.
  await db.$executeRaw`
    WITH parked AS (
      SELECT id FROM deliveries
      WHERE endpoint_id = ANY (${endpointIds}::uuid[]) AND look_at IS NULL AND status IN ('pending', 'retrying')
      ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
    ), scheduled AS (
      SELECT id FROM deliveries
      WHERE look_at IS NOT NULL AND endpoint_id = ANY (${endpointIds}::uuid[]) AND status IN ('pending', 'retrying')
      ORDER BY look_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries
    SET status = ${end.status}, failure_code = ${end.failure?.code ?? null}, failure_message = ${end.failure?.message ?? null},
        next_attempt_at = NULL, look_at = NULL, completed_at = now(), updated_at = now(),
        gave_up_at = CASE ${end.status} WHEN 'failed' THEN now() ELSE gave_up_at END
    WHERE id IN (SELECT id FROM parked UNION ALL SELECT id FROM scheduled) AND status IN ('pending', 'retrying')`
}
