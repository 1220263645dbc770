import type { Statements } from '../db.ts'
import type { Ledger } from '../ledger.ts'
import { LOOK_BACK } from './loaded.ts'
import { retryDeadlock } from './statement.ts'

/** Within so long of its question, and not after, what leaves late may leave. */
export const LATE_START_SECONDS = 1

/**
 * Moves tickets to the last moment at which their requests may leave now, with their gates locked: whoever is admitted
 * before counted the old ticket, which still counts, and whoever comes after counts the new one.
 */
export function createLeaveLate(db: Statements): Ledger['leaveLate'] {
  return async (claims) => {
    const ids = claims.map((claim) => claim.deliveryId)
    const moved = await retryDeadlock(
      () => db.$queryRaw<{ id: string; fence: number }[]>`
        WITH input AS (
          SELECT k.*, i.fence AS claim_fence
          FROM unnest(${ids}::uuid[], ${claims.map((claim) => claim.fence)}::int[]) AS i(id, fence)
          CROSS JOIN LATERAL (
            SELECT * FROM endpoint_tickets WHERE delivery_id = i.id AND fence = i.fence - 1 LIMIT 1
          ) k
        ), locked AS MATERIALIZED (
          SELECT endpoint_id FROM endpoint_gates
          WHERE endpoint_id = ANY (ARRAY(SELECT endpoint_id FROM input)) ORDER BY endpoint_id FOR UPDATE
        ), late AS MATERIALIZED (
          SELECT endpoint_id, clock_timestamp() AS at,
                 (SELECT ${LOOK_BACK} FROM endpoints WHERE id = endpoint_id) AS look_back
          FROM locked
        )
        UPDATE endpoint_tickets k SET admitted_at = clock_timestamp() + make_interval(secs => ${LATE_START_SECONDS})
        FROM input i JOIN late USING (endpoint_id)
        WHERE k.delivery_id = i.delivery_id AND k.fence = i.fence AND k.delivery_id = ANY (${ids}::uuid[])
          AND coalesce(k.admitted_at + make_interval(secs => look_back) > at, true)
        RETURNING k.delivery_id AS id, i.claim_fence AS fence`,
    )
    return claims.map(({ deliveryId, fence }) => moved.some((one) => one.id === deliveryId && one.fence === fence))
  }
}
