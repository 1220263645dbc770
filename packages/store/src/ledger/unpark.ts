import type { Db } from '../db.ts'
import type { DueDelivery } from '../ledger.ts'
import { letIn } from './let-in.ts'

/** Endpoints whose gates one look opens, the longest unseen first; the others have their turn with the next. */
const GATES_AT_ONCE = 100

/**
 * Releases parked deliveries whose endpoint holds them no longer, or whose gate has room: resumed, its probe's time come,
 * a slot free that nobody told of; or disabled or deleted, which the claim then closes. A look along the index of parked
 * rows, one endpoint after the other, so that a backlog that has to wait costs nothing; `limit` is shared out among them. Only an active endpoint's breaker
 * counts: what waits for a disabled one would else wait for good.
 */
export async function unpark(db: Db, limit: number): Promise<DueDelivery[]> {
  const open = await db.$queryRaw<{ endpointId: string }[]>`
    WITH RECURSIVE parked(endpoint_id) AS (
      (
        SELECT endpoint_id FROM deliveries
        WHERE look_at IS NULL AND status IN ('pending', 'retrying') ORDER BY endpoint_id LIMIT 1
      )
      UNION ALL
      SELECT (
        SELECT d.endpoint_id FROM deliveries d
        WHERE d.look_at IS NULL AND d.status IN ('pending', 'retrying') AND d.endpoint_id > p.endpoint_id
        ORDER BY d.endpoint_id LIMIT 1
      )
      FROM parked p WHERE p.endpoint_id IS NOT NULL
    )
    SELECT p.endpoint_id AS "endpointId"
    FROM parked p JOIN endpoints ep ON ep.id = p.endpoint_id
    LEFT JOIN endpoint_health h ON h.endpoint_id = p.endpoint_id
    LEFT JOIN endpoint_gates g ON g.endpoint_id = p.endpoint_id
    WHERE ep.deleted_at IS NOT NULL OR ep.status = 'disabled'
      OR ep.status = 'active'
        AND (coalesce(h.breaker_state, 'closed') = 'closed' OR h.next_probe_at IS NULL OR h.next_probe_at <= now())
        AND (h.not_before IS NULL OR h.not_before <= now())
    ORDER BY g.looked_at NULLS FIRST, random()
    LIMIT least(${GATES_AT_ONCE}::int, ${limit}::int)`
  return letIn(
    db,
    open.map((row) => row.endpointId),
    Math.ceil(limit / Math.max(1, open.length)),
  )
}
