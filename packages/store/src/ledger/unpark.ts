import type { Db } from '../db.ts'

/**
 * Puts parked deliveries before the reconciler again, oldest first, once their endpoint no longer holds them: resumed,
 * or disabled or deleted (then the claim closes them). A look along the index of parked rows, one endpoint after the
 * other, so that a paused endpoint's backlog costs nothing.
 */
export async function unpark(db: Db, limit: number): Promise<number> {
  return db.$executeRaw`
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
    ), released AS (
      SELECT p.endpoint_id FROM parked p JOIN endpoints ep ON ep.id = p.endpoint_id
      WHERE (ep.status <> 'paused' OR ep.deleted_at IS NOT NULL)
        AND NOT EXISTS (
          SELECT 1 FROM endpoint_health h WHERE h.endpoint_id = p.endpoint_id AND h.breaker_state <> 'closed'
        )
    )
    UPDATE deliveries d SET look_at = greatest(now(), d.next_attempt_at)
    FROM (
      SELECT oldest.id FROM released r CROSS JOIN LATERAL (
        SELECT id FROM deliveries
        WHERE endpoint_id = r.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying')
        ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) oldest
      LIMIT ${limit}
    ) u
    WHERE d.id = u.id AND d.look_at IS NULL AND d.status IN ('pending', 'retrying')`
}
