import type { Db } from '../db.ts'
import { idBounds } from './statement.ts'

/** Why a delivery whose event expired was cancelled. */
export const EXPIRED = 'The event expired before it was delivered'

/**
 * Cancels what still waits of these events, parked or not, and looks at them no more. A request in flight goes on: if it
 * fails, the record of it cancels the delivery.
 */
export async function cancelExpired(db: Db, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return
  const { first, last } = idBounds(eventIds)
  await db.$executeRaw`
    WITH ended AS (
      UPDATE events SET look_at = NULL
      WHERE id = ANY (${[...eventIds]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid
        AND status = 'dispatched' AND expires_at <= now()
      RETURNING id
    ), waiting AS (
      SELECT d.id FROM deliveries d JOIN ended ON d.event_id = ended.id
      WHERE d.id BETWEEN ${first}::uuid AND ${last}::uuid AND d.status IN ('pending', 'retrying')
      ORDER BY d.id FOR UPDATE OF d
    )
    UPDATE deliveries d SET
      status = 'cancelled', failure_code = 'expired', failure_message = ${EXPIRED},
      next_attempt_at = NULL, look_at = NULL, completed_at = now(), gave_up_at = now(), updated_at = now()
    FROM waiting w
    WHERE d.id = w.id AND d.id BETWEEN ${first}::uuid AND ${last}::uuid AND d.status IN ('pending', 'retrying')`
}
