import type { Prisma } from '../generated/client.ts'

/** The client, or a transaction of it. */
type Statements = Pick<Prisma.TransactionClient, '$executeRaw'>

/** Rows that one statement touches; what is left over is settled by the workers' claims. */
const BATCH = 1000

/**
 * Ends what is parked for these endpoints, which were deleted, as the ledger's claim does: at most a batch: the caller's request stays short however much waits. What
 * waits for a time or for its job, and the rest of what is parked, ends when it comes due or is released, because a
 * claim looks at the endpoint too. To look for that here would be a walk through all that the service has to send.
 */
export async function failWaiting(db: Statements, endpointIds: readonly string[]): Promise<void> {
  // Rows that a worker has locked are skipped: its claim or its record comes first.
  await db.$executeRaw`
    WITH parked AS (
      SELECT id FROM deliveries
      WHERE endpoint_id = ANY (${endpointIds}::uuid[]) AND look_at IS NULL AND status IN ('pending', 'retrying')
      ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries
    SET status = 'failed', failure_code = 'endpoint_deleted', failure_message = 'The endpoint was deleted',
        next_attempt_at = NULL, look_at = NULL, completed_at = now(), updated_at = now(), gave_up_at = now()
    WHERE id = ANY (ARRAY(SELECT id FROM parked)) AND status IN ('pending', 'retrying')`
}
