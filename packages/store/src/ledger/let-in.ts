import { idTime, nextDrain, roomAt } from '@redrive/core'
import type { Db } from '../db.ts'
import type { DueDelivery, Ledger, LetIn, LetInClaims } from '../ledger.ts'
import { loadClaimed } from './claimed-row.ts'
import type { LoadedRow } from './claimed-row.ts'
import type { LedgerOptions } from './create.ts'
import { dropSpentTickets, withGates } from './gates.ts'
import type { LockedGate, Transaction } from './gates.ts'
import { ADMITTED_AGAIN, LEADS, LOADED, loads } from './loaded.ts'
import { GRACE_SECONDS, NIL, retryDeadlock } from './statement.ts'

/** Released in one go, at most, for one endpoint. */
const MOST_AT_ONCE = 500
/** An event that has not been fanned out by then holds up no others: it has its own trouble, which is no flood's turn. */
const FAN_OUT_PATIENCE_SECONDS = 900
/** How soon to look again whether it has been, and later the longer one waits for it. */
const FAN_OUT_MS = { first: 250, most: 5_000, share: 0.1 }
/** What waits may be of any age. */
const ANY_ID = { first: NIL, last: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

interface Opening {
  endpointId: string
  room: number
  /** as many of them are claimed */
  claims: number
  /** whether what goes needs a ticket: the endpoint has a limit, or this is a probe */
  ticketed: boolean
  probe: boolean
  drainSize: number | null
  again: Date | null
}

/** Of a released delivery; what was loaded is there only if it is claimed. */
interface ReleasedRow extends LoadedRow {
  claimed: boolean
  dueType: string
  dueAt: Date
}

const NO_CLAIMS: LetInClaims = { leaseSeconds: 0, places: () => 0 }

/** As `letIn`, with what is claimed along with it. */
export function createLetIn(db: Db, { sealer, log }: Pick<LedgerOptions, 'sealer' | 'log'>): Ledger['letIn'] {
  return async (endpointIds, claims = NO_CLAIMS) => {
    const { released, again } = await look(db, endpointIds, MOST_AT_ONCE, claims)
    const { taken = [], due = [] } = Object.groupBy(released, (row) => (row.claimed ? 'taken' : 'due'))
    const claimed = await loadClaimed(db, taken, { sealer, log })
    return { deliveries: due.map(toDue), claimed: [...claimed.values()], again }
  }
}

/**
 * Releases what waits at the gates of these endpoints, as much as there is room for: what is fresh before the backlog of
 * an outage, each oldest first. What is released has its place already and is not parked again.
 */
export async function letIn(db: Db, endpointIds: readonly string[], most = MOST_AT_ONCE): Promise<DueDelivery[]> {
  return (await look(db, endpointIds, most, NO_CLAIMS)).released.map(toDue)
}

async function look(
  db: Db,
  endpointIds: readonly string[],
  most: number,
  claims: LetInClaims,
): Promise<{ released: ReleasedRow[]; again: LetIn['again'] }> {
  if (endpointIds.length === 0) return { released: [], again: [] }
  return retryDeadlock(() =>
    withGates(db, endpointIds, [], async (tx, gates) => {
      const openings = gates.map((gate) => open(gate, most, claims))
      const wide = openings.filter((opening) => opening.room > 0)
      const rows = wide.length > 0 ? await release(tx, wide, claims.leaseSeconds) : []
      await dropSpentTickets(tx, gates)
      const released = new Set(rows.map((row) => row.endpointId))
      const again = gates.flatMap((gate, at) => {
        const opening = openings[at]
        if (!gate.waitedAt || opening === undefined) return []
        const { endpointId, room, again: time } = opening
        // in publish order, the first waits for an earlier event that is on its way
        if (gate.ordering === 'fifo' && room > 0 && !released.has(endpointId))
          return [{ endpointId, at: new Date(gate.now.getTime() + fanOutMs(gate)) }]
        return time === null ? [] : [{ endpointId, at: time }]
      })
      return { released: rows, again }
    }),
  )
}

function fanOutMs({ firstWaiting, now }: LockedGate): number {
  const waitedMs = firstWaiting === null ? 0 : now.getTime() - idTime(firstWaiting)
  return Math.min(FAN_OUT_MS.most, Math.max(FAN_OUT_MS.first, waitedMs * FAN_OUT_MS.share))
}

function open(gate: LockedGate, most: number, claims: LetInClaims): Opening {
  const closed = {
    endpointId: gate.endpointId,
    room: 0,
    claims: 0,
    ticketed: false,
    probe: false,
    drainSize: null,
    again: null,
  }
  // the claim closes what is for nobody
  if (gate.deleted || gate.status === 'disabled') return { ...closed, room: most }
  if (gate.status === 'paused') return closed
  const { count, again } = roomAt(gate)
  if (count !== Infinity) {
    const room = Math.min(count, most)
    const taken = gate.waitedAt && room > 0 ? claims.places(gate.endpointId, room) : 0
    return { ...closed, room, claims: taken, ticketed: true, probe: gate.breakerOpen, again }
  }
  const drain = nextDrain({ size: gate.drainSize, at: gate.drainedAt }, gate.now)
  return { ...closed, room: Math.min(drain.count, most), drainSize: drain.count || null, again: drain.again }
}

async function release(tx: Transaction, wide: readonly Opening[], leaseSeconds: number): Promise<ReleasedRow[]> {
  return tx.$queryRaw<ReleasedRow[]>`
    WITH opening AS (
      SELECT o.*, ep.ordering, ep.tenant_id, redrive_first_id(h.recovered_at) AS fresh_from FROM unnest(
        ${wide.map((opening) => opening.endpointId)}::uuid[], ${wide.map((opening) => opening.room)}::int[],
        ${wide.map((opening) => opening.ticketed)}::boolean[], ${wide.map((opening) => opening.probe)}::boolean[],
        ${wide.map((opening) => opening.drainSize)}::int[], ${wide.map((opening) => opening.claims)}::int[]
      ) AS o(endpoint_id, room, ticketed, probe, drain_size, claims)
      JOIN endpoints ep ON ep.id = o.endpoint_id
      LEFT JOIN endpoint_health h ON h.endpoint_id = o.endpoint_id
    ), chosen AS MATERIALIZED (
      -- claimed is what a claim would not close, nor find too early
      SELECT c.id, c.place <= o.claims AND coalesce(c.next_attempt_at <= clock_timestamp(), true) AND EXISTS (
               SELECT 1 FROM events e WHERE e.id = c.event_id AND (e.expires_at IS NULL OR e.expires_at > clock_timestamp())
             ) AS claimed
      FROM opening o CROSS JOIN LATERAL (
        SELECT id, event_id, next_attempt_at, row_number() OVER (ORDER BY turn, id) AS place FROM (
          (
            SELECT id, event_id, next_attempt_at, 1 AS turn FROM deliveries
            WHERE endpoint_id = o.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying')
              AND id >= o.fresh_from AND o.ordering <> 'fifo'
            ORDER BY id LIMIT o.room
          )
          UNION ALL
          (
            SELECT id, event_id, next_attempt_at, 2 FROM deliveries
            WHERE endpoint_id = o.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying')
              AND (id < o.fresh_from OR o.ordering = 'fifo')
            ORDER BY id LIMIT o.room
          )
        ) both_kinds
        ORDER BY turn, id LIMIT o.room
      ) c
      -- in publish order: not while an earlier event that may be for it is still on its way to its deliveries
      WHERE o.ordering <> 'fifo' OR NOT EXISTS (
        SELECT 1 FROM events e
        WHERE e.look_at <= now() + interval '1 minute' AND e.status = 'pending' AND e.tenant_id = o.tenant_id
          AND e.id < c.event_id AND (e.endpoint_id IS NULL OR e.endpoint_id = o.endpoint_id)
          AND coalesce(e.deliver_at, e.created_at) > now() - make_interval(secs => ${FAN_OUT_PATIENCE_SECONDS})
      )
    ), released AS (
      UPDATE deliveries d SET
        status = CASE WHEN c.claimed THEN 'delivering' ELSE d.status END,
        fence = d.fence + c.claimed::int,
        look_at = CASE WHEN c.claimed THEN clock_timestamp() + make_interval(secs => ${leaseSeconds})
                       ELSE greatest(clock_timestamp(), d.next_attempt_at) + make_interval(secs => ${GRACE_SECONDS}) END,
        claimed_at = CASE WHEN c.claimed THEN clock_timestamp() ELSE d.claimed_at END,
        next_attempt_at = CASE WHEN NOT c.claimed THEN d.next_attempt_at END,
        updated_at = CASE WHEN c.claimed THEN now() ELSE d.updated_at END,
        round = d.round + 1
      FROM chosen c
      WHERE d.id = c.id AND d.id = ANY (ARRAY(SELECT id FROM chosen))
        AND d.look_at IS NULL AND d.status IN ('pending', 'retrying')
      RETURNING d.*
    ), ticketed AS (
      INSERT INTO endpoint_tickets (delivery_id, fence, endpoint_id, admitted_at)
      SELECT r.id, r.fence - (r.status = 'delivering')::int, r.endpoint_id, clock_timestamp()
      FROM released r JOIN opening o USING (endpoint_id) WHERE o.ticketed
      ${ADMITTED_AGAIN}
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
    SELECT c.id, c.endpoint_id AS "endpointId", c.status = 'delivering' AS claimed, c.event_type AS "dueType",
           coalesce(c.next_attempt_at, now()) AS "dueAt", ${LOADED}
    FROM (SELECT *, ${LEADS} FROM released) c
    ${loads(ANY_ID)}
    ORDER BY c.id`
}

function toDue({ id, round, tenantId, endpointId, dueType, dueAt, trigger }: ReleasedRow): DueDelivery {
  return { deliveryId: id, round, tenantId, endpointId, eventType: dueType, dueAt, trigger }
}
