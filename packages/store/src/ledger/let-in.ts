import { nextDrain, roomAt } from '@redrive/core'
import type { Db } from '../db.ts'
import type { DueDelivery, LetIn } from '../ledger.ts'
import { dropSpentTickets, withGates } from './gates.ts'
import type { LockedGate, Transaction } from './gates.ts'
import { GRACE_SECONDS, retryDeadlock } from './statement.ts'

/** Released in one go, at most, for one endpoint. */
const MOST_AT_ONCE = 500
const TICKETS_TO_KEEP = 50
/** An event that has not been fanned out by then, which has its own trouble, holds up no others. */
const FAN_OUT_PATIENCE_SECONDS = 180
/** How soon to look again whether it has been. */
const FAN_OUT_MS = 250

interface Opening {
  endpointId: string
  room: number
  /** whether what goes needs a ticket: the endpoint has a limit, or this is a probe */
  ticketed: boolean
  probe: boolean
  drainSize: number | null
  again: Date | null
}

/**
 * Releases what waits at the gates of these endpoints, as much as there is room for: what is fresh before the backlog of
 * an outage, each oldest first. What is released has its place already and is not parked again.
 */
export async function letIn(db: Db, endpointIds: readonly string[], most = MOST_AT_ONCE): Promise<LetIn> {
  if (endpointIds.length === 0) return { deliveries: [], again: [] }
  return retryDeadlock(() =>
    withGates(db, endpointIds, [], async (tx, gates) => {
      const openings = gates.map((gate) => open(gate, most))
      const deliveries = openings.some((opening) => opening.room > 0) ? await release(tx, openings) : []
      const littered = gates.filter((gate) => gate.spent > TICKETS_TO_KEEP)
      if (littered.length > 0) await dropSpentTickets(tx, littered)
      const released = new Set(deliveries.map((delivery) => delivery.endpointId))
      const again = gates.flatMap((gate, at) => {
        const opening = openings[at]
        if (!gate.waitedAt || opening === undefined) return []
        const { endpointId, room, again: time } = opening
        // in publish order, the first waits for an earlier event that is on its way
        if (gate.ordering === 'fifo' && room > 0 && !released.has(endpointId))
          return [{ endpointId, at: new Date(gate.now.getTime() + FAN_OUT_MS) }]
        return time === null ? [] : [{ endpointId, at: time }]
      })
      return { deliveries, again }
    }),
  )
}

function open(gate: LockedGate, most: number): Opening {
  const closed = { endpointId: gate.endpointId, room: 0, ticketed: false, probe: false, drainSize: null, again: null }
  // the claim closes what is for nobody
  if (gate.deleted || gate.status === 'disabled') return { ...closed, room: most }
  if (gate.status === 'paused') return closed
  const { count, again } = roomAt(gate)
  if (count !== Infinity) {
    return { ...closed, room: Math.min(count, most), ticketed: true, probe: gate.breakerOpen, again }
  }
  const drain = nextDrain({ size: gate.drainSize, at: gate.drainedAt }, gate.now)
  return { ...closed, room: Math.min(drain.count, most), drainSize: drain.count || null, again: drain.again }
}

async function release(tx: Transaction, openings: readonly Opening[]): Promise<DueDelivery[]> {
  const wide = openings.filter((opening) => opening.room > 0)
  return tx.$queryRaw<DueDelivery[]>`
    WITH opening AS (
      SELECT o.*, ep.ordering, ep.tenant_id, redrive_first_id(h.recovered_at) AS fresh_from FROM unnest(
        ${wide.map((opening) => opening.endpointId)}::uuid[], ${wide.map((opening) => opening.room)}::int[],
        ${wide.map((opening) => opening.ticketed)}::boolean[], ${wide.map((opening) => opening.probe)}::boolean[],
        ${wide.map((opening) => opening.drainSize)}::int[]
      ) AS o(endpoint_id, room, ticketed, probe, drain_size)
      JOIN endpoints ep ON ep.id = o.endpoint_id
      LEFT JOIN endpoint_health h ON h.endpoint_id = o.endpoint_id
    ), chosen AS MATERIALIZED (
      SELECT c.id FROM opening o CROSS JOIN LATERAL (
        SELECT id, event_id FROM (
          (
            SELECT id, event_id, 1 AS turn FROM deliveries
            WHERE endpoint_id = o.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying')
              AND id >= o.fresh_from AND o.ordering <> 'fifo'
            ORDER BY id LIMIT o.room
          )
          UNION ALL
          (
            SELECT id, event_id, 2 FROM deliveries
            WHERE endpoint_id = o.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying')
              AND (id < o.fresh_from OR o.ordering = 'fifo')
            ORDER BY id LIMIT o.room
          )
        ) both_kinds
        ORDER BY turn, id LIMIT o.room
      ) c
      -- in publish order: not while an earlier event of the tenant is still on its way to its deliveries
      WHERE o.ordering <> 'fifo' OR NOT EXISTS (
        SELECT 1 FROM events e
        WHERE e.look_at <= now() + interval '1 minute' AND e.status = 'pending' AND e.tenant_id = o.tenant_id
          AND e.id < c.event_id
          AND coalesce(e.deliver_at, e.created_at) > now() - make_interval(secs => ${FAN_OUT_PATIENCE_SECONDS})
      )
    ), released AS (
      UPDATE deliveries d SET
        look_at = greatest(clock_timestamp(), d.next_attempt_at) + make_interval(secs => ${GRACE_SECONDS}),
        round = d.round + 1
      WHERE d.id = ANY (ARRAY(SELECT id FROM chosen)) AND d.look_at IS NULL AND d.status IN ('pending', 'retrying')
      RETURNING d.id, d.round, d.fence, d.tenant_id, d.endpoint_id, d.event_type, d.next_attempt_at, d.trigger
    ), ticketed AS (
      INSERT INTO endpoint_tickets (delivery_id, fence, endpoint_id, admitted_at)
      SELECT r.id, r.fence, r.endpoint_id, clock_timestamp()
      FROM released r JOIN opening o USING (endpoint_id) WHERE o.ticketed
      ON CONFLICT (delivery_id, fence) DO UPDATE SET admitted_at = excluded.admitted_at
    ), draining AS (
      UPDATE endpoint_gates g SET drain_size = o.drain_size, drained_at = clock_timestamp()
      FROM opening o
      WHERE g.endpoint_id = o.endpoint_id AND o.drain_size IS NOT NULL
        AND EXISTS (SELECT 1 FROM released r WHERE r.endpoint_id = o.endpoint_id)
    ), probing AS (
      UPDATE endpoint_health h SET breaker_state = 'half_open', updated_at = now()
      FROM opening o
      WHERE h.endpoint_id = o.endpoint_id AND o.probe AND h.breaker_state = 'open'
        AND EXISTS (SELECT 1 FROM released r WHERE r.endpoint_id = o.endpoint_id)
    )
    SELECT id AS "deliveryId", round, tenant_id AS "tenantId", endpoint_id AS "endpointId", event_type AS "eventType",
           coalesce(next_attempt_at, now()) AS "dueAt", trigger
    FROM released ORDER BY id`
}
