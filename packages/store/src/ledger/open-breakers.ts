import type { Db } from '../db.ts'

/** Only endpoints that have failed have a row of health. */
export async function openBreakers(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM endpoint_health h JOIN endpoints ep ON ep.id = h.endpoint_id
    WHERE h.breaker_state <> 'closed' AND ep.status = 'active' AND ep.deleted_at IS NULL`
  return row?.count ?? 0
}
