import type { Statements } from '../db.ts'
import type { LoadedRow } from './claimed-row.ts'
import { IS_GATED, LEADS, LOADED, loads } from './loaded.ts'
import type { FoundEvent } from './recipients.ts'
import { idBounds } from './statement.ts'

export interface NewDelivery {
  id: string
  event: FoundEvent
  endpointId: string
  parked: boolean
  /** whoever makes it sends it at once, if nothing stands in the way */
  wanted: boolean
}

/** What was made. What is claimed is loaded as by a claim. */
export interface InsertedRow extends LoadedRow {
  claimed: boolean
  dueAt: Date
}

/**
 * Makes deliveries and marks their events, in one statement. What is wanted is born as a claim would leave it, with a
 * lease and a fence, where a claim that came now would find it due and its endpoint without a gate.
 */
export async function insertDeliveries(
  db: Statements,
  rows: readonly NewDelivery[],
  dispatched: readonly string[],
  { graceSeconds, leaseSeconds }: { graceSeconds: number; leaseSeconds: number },
): Promise<InsertedRow[]> {
  const { first, last } = idBounds([...dispatched, ...rows.map((row) => row.event.id)])
  const wanted = [...new Set(rows.filter((row) => row.wanted).map((row) => row.endpointId))]
  return db.$queryRaw<InsertedRow[]>`
    WITH dispatched AS (
      UPDATE events SET status = 'dispatched', look_at = expires_at, dispatched_at = now()
      WHERE id = ANY (${[...dispatched]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid AND status = 'pending'
    ), open AS MATERIALIZED (
      SELECT ep.id FROM unnest(${wanted}::uuid[]) AS w(id)
      CROSS JOIN LATERAL (SELECT * FROM endpoints WHERE id = w.id LIMIT 1) ep
      LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = w.id LIMIT 1) h ON true
      WHERE ep.status = 'active' AND ep.deleted_at IS NULL AND NOT ${IS_GATED}
    ), made AS (
      INSERT INTO deliveries
        (id, event_id, endpoint_id, tenant_id, event_type, status, fence, next_attempt_at, claimed_at, look_at)
      SELECT id, event_id, endpoint_id, tenant_id, event_type,
             CASE WHEN claimed THEN 'delivering' ELSE 'pending' END, claimed::int,
             CASE WHEN NOT claimed THEN now() END, CASE WHEN claimed THEN now() END,
             CASE WHEN claimed THEN now() + make_interval(secs => ${leaseSeconds})
                  WHEN NOT parked THEN now() + make_interval(secs => ${graceSeconds}) END
      FROM (
        SELECT i.*, i.wanted AND open.id IS NOT NULL AS claimed
        FROM unnest(
          ${rows.map((row) => row.id)}::uuid[],
          ${rows.map((row) => row.event.id)}::uuid[],
          ${rows.map((row) => row.endpointId)}::uuid[],
          ${rows.map((row) => row.event.tenantId)}::uuid[],
          ${rows.map((row) => row.event.type)}::text[],
          ${rows.map((row) => row.parked)}::boolean[],
          ${rows.map((row) => row.wanted)}::boolean[]
        ) AS i(id, event_id, endpoint_id, tenant_id, event_type, parked, wanted)
        LEFT JOIN open ON open.id = i.endpoint_id
      ) i
      ON CONFLICT (id) DO NOTHING
      RETURNING *
    )
    SELECT c.id, c.endpoint_id AS "endpointId", c.status = 'delivering' AS claimed, now() AS "dueAt", ${LOADED}
    FROM (SELECT *, ${LEADS} FROM made) c
    ${loads({ first, last })}`
}
