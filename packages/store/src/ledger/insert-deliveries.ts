import type { Statements } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { LoadedRow } from './claimed-row.ts'
import { admits, IS_GATED, IS_LIMITED, LEADS, LOADED, loads } from './loaded.ts'
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

/** Until then another fan-out to the same endpoints is over. */
const GATE_PATIENCE_SECONDS = 0.05
/**
 * The commit does not wait for the disk. Only for what makes nothing: a crash of the database takes back that nobody gets an
 * event, and it is looked up again. Deliveries it must never take back, since more of the same event may follow them.
 */
const UNSYNCED = Prisma.sql`WHERE (SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL`

interface Seconds {
  /** after so long a delivery without a job is looked for */
  graceSeconds: number
  leaseSeconds: number
  /** more deliveries of these events follow: so long after now nobody looks for them. null: these are all, or it is left as it is */
  putOffSeconds: number | null
}

/**
 * Makes deliveries and marks their events, in one statement. What is wanted is born as a claim would leave it, with a
 * lease and a fence, where a claim that came now would find it due and its endpoint without a gate, or one with limits
 * that has room for all of them.
 */
export async function insertDeliveries(
  db: Statements,
  rows: readonly NewDelivery[],
  dispatched: readonly string[],
  { graceSeconds, leaseSeconds, putOffSeconds }: Seconds,
): Promise<InsertedRow[]> {
  const { first, last } = idBounds([...dispatched, ...rows.map((row) => row.event.id)])
  const wanted = Map.groupBy(
    rows.filter((row) => row.wanted),
    (row) => row.endpointId,
  )
  // gates are locked in this order by everybody
  const endpointIds = [...wanted.keys()].sort()
  const putOff =
    putOffSeconds === null
      ? Prisma.empty
      : Prisma.sql`, put_off AS (
      UPDATE events SET look_at = now() + make_interval(secs => ${putOffSeconds})
      WHERE id = ANY (${[...new Set(rows.map((row) => row.event.id))]}::uuid[])
        AND id BETWEEN ${first}::uuid AND ${last}::uuid AND status = 'pending'
    )`
  return db.$queryRaw<InsertedRow[]>`
    WITH dispatched AS (
      UPDATE events SET status = 'dispatched', look_at = expires_at, dispatched_at = now()
      WHERE id = ANY (${[...dispatched]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid AND status = 'pending'
    )${putOff}, open AS MATERIALIZED (
      SELECT id, limited FROM (
        SELECT w.id, w.count, ep.max_concurrency, ep.rate_limit, ${IS_LIMITED} AS limited
        FROM unnest(
          ${endpointIds}::uuid[], ${endpointIds.map((id) => wanted.get(id)?.length ?? 0)}::int[]
        ) AS w(id, count)
        CROSS JOIN LATERAL (SELECT * FROM endpoints WHERE id = w.id LIMIT 1) ep
        LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = w.id LIMIT 1) h ON true
        WHERE ep.status = 'active' AND ep.deleted_at IS NULL AND (NOT ${IS_GATED} OR ${IS_LIMITED})
        ORDER BY w.id
      ) w
      WHERE CASE WHEN limited THEN ${admits(Prisma.sql`id`, Prisma.sql`count`, GATE_PATIENCE_SECONDS)} ELSE true END
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
    ), ticketed AS (
      INSERT INTO endpoint_tickets (delivery_id, fence, endpoint_id, admitted_at)
      SELECT made.id, 0, made.endpoint_id, clock_timestamp()
      FROM made JOIN open ON open.id = made.endpoint_id
      WHERE made.status = 'delivering' AND open.limited
    )
    SELECT c.id, c.endpoint_id AS "endpointId", c.status = 'delivering' AS claimed, now() AS "dueAt", ${LOADED}
    FROM (SELECT *, ${LEADS} FROM made) c
    ${loads({ first, last })}
    ${rows.length === 0 ? UNSYNCED : Prisma.empty}`
}
