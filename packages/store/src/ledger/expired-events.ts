import { familyRange } from '@redrive/core'
import type { Prisma } from '../generated/client.ts'
import { idBounds } from './statement.ts'

/** The client, or a transaction of it. */
type Statements = Pick<Prisma.TransactionClient, '$executeRaw'>

/** Why a delivery whose event expired was cancelled. */
export const EXPIRED = 'The event expired before it was delivered'

/**
 * Cancels what still waits of these events, parked or not, and looks at them no more. A request in flight goes on: if it
 * fails, the record of it cancels the delivery.
 */
export async function cancelExpired(db: Statements, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return
  const { first, last } = idBounds(eventIds)
  // a range of the primary key for each event: one over all of them would be everything that was published between
  const ranges = eventIds.map(familyRange)
  await db.$executeRaw`
    WITH ended AS (
      UPDATE events SET look_at = NULL
      WHERE id = ANY (${[...eventIds]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid
        AND status = 'dispatched' AND expires_at <= now()
      RETURNING id
    ), waiting AS (
      SELECT d.id FROM unnest(
        ${[...eventIds]}::uuid[],
        ${ranges.map((range) => range.first)}::uuid[],
        ${ranges.map((range) => range.last)}::uuid[]
      ) AS e(id, first, last)
      JOIN deliveries d ON d.id BETWEEN e.first AND e.last AND d.event_id = e.id
      WHERE e.id = ANY (ARRAY(SELECT id FROM ended)) AND d.status IN ('pending', 'retrying')
      ORDER BY d.id FOR UPDATE OF d
    )
    UPDATE deliveries d SET
      status = 'cancelled', failure_code = 'expired', failure_message = ${EXPIRED},
      next_attempt_at = NULL, look_at = NULL, completed_at = now(), gave_up_at = now(), updated_at = now()
    WHERE d.id = ANY (ARRAY(SELECT id FROM waiting)) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid AND d.status IN ('pending', 'retrying')`
}
