import type { GateState, RateLimit } from '@redrive/core'
import { rateWindowMs } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Prisma } from '../generated/client.ts'
import type { ClaimRow } from './claimed-row.ts'

/** A transaction of the client. */
export type Transaction = Prisma.TransactionClient

/** What wants to go past its endpoint's gate, as the claim saw it. */
export type Applicant = Pick<ClaimRow, 'id' | 'endpointId' | 'seenFence' | 'seenTrigger'>

/** An endpoint's gate while it is locked. */
export interface LockedGate extends GateState {
  endpointId: string
  status: 'active' | 'paused' | 'disabled'
  deleted: boolean
  drainSize: number
  drainedAt: Date | null
  recoveredAt: Date | null
  /** the first of those that wait here, backlog of an outage left aside; null if none does */
  firstWaiting: string | null
  /** whether anything waits here, of whatever age */
  waitedAt: boolean
  /** tickets that count for nothing any more */
  spent: number
}

/**
 * Holds the gates of these endpoints for a transaction: admissions to one endpoint are made one after the other, over all
 * workers, and each sees what the earlier ones did (which a single statement would not: its snapshot is from before the
 * lock). `claiming` are deliveries that are being claimed, whose own earlier tickets do not stand in their way.
 */
export async function withGates<T>(
  db: Db,
  endpointIds: readonly string[],
  claiming: readonly Applicant[],
  work: (tx: Transaction, gates: LockedGate[]) => Promise<T>,
): Promise<T> {
  const sorted = [...new Set(endpointIds)].sort()
  return db.$transaction(
    async (tx) => {
      const windows = await lock(tx, sorted)
      return work(tx, await load(tx, windows, claiming))
    },
    { maxWait: 10_000, timeout: 10_000 },
  )
}

/** How far an endpoint's rate limit looks back, at what has arrived and at what may be on its way. */
interface Window {
  endpointId: string
  perSeconds: number
  seconds: number
}

async function lock(tx: Transaction, endpointIds: readonly string[]): Promise<Window[]> {
  const rows = await tx.$queryRaw<{ endpointId: string; rateLimit: RateLimit | null }[]>`
    WITH locked AS (
      INSERT INTO endpoint_gates (endpoint_id, looked_at)
      SELECT id, clock_timestamp() FROM unnest(${[...endpointIds]}::uuid[]) AS i(id)
      ON CONFLICT (endpoint_id) DO UPDATE SET looked_at = excluded.looked_at
      RETURNING endpoint_id
    )
    SELECT ep.id AS "endpointId", ep.rate_limit AS "rateLimit" FROM locked JOIN endpoints ep ON ep.id = endpoint_id`
  return rows.map(({ endpointId, rateLimit }) => ({
    endpointId,
    perSeconds: rateLimit?.perSeconds ?? 0,
    seconds: rateLimit === null ? 0 : rateWindowMs(rateLimit) / 1000,
  }))
}

/**
 * A ticket is held from the admission to the delivery's next state: its fence says for which claim it is. The head of a
 * fifo endpoint keeps it through its retries, so that the rest waits. By the clock and not by `now()`, which is from
 * before the lock.
 */
async function load(
  tx: Transaction,
  windows: readonly Window[],
  claiming: readonly Applicant[],
): Promise<LockedGate[]> {
  return tx.$queryRaw<LockedGate[]>`
    SELECT ep.id AS "endpointId", ep.status, ep.deleted_at IS NOT NULL AS deleted,
           ep.max_concurrency AS "maxConcurrency", ep.rate_limit AS "rateLimit", ep.ordering,
           coalesce(h.breaker_state <> 'closed', false) AS "breakerOpen", h.next_probe_at AS "nextProbeAt",
           h.not_before AS "notBefore", h.recovered_at AS "recoveredAt",
           g.drain_size AS "drainSize", g.drained_at AS "drainedAt",
           t.held, t.recent, t."leavesAt", t.spent, first.id AS "firstWaiting",
           EXISTS (
             SELECT 1 FROM deliveries
             WHERE endpoint_id = w.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying')
           ) AS "waitedAt",
           clock_timestamp()::timestamptz(3) AS now
    FROM unnest(
      ${windows.map((window) => window.endpointId)}::uuid[], ${windows.map((window) => window.seconds)}::float8[],
      ${windows.map((window) => window.perSeconds)}::float8[]
    ) AS w(endpoint_id, seconds, per_seconds)
    JOIN endpoints ep ON ep.id = w.endpoint_id
    JOIN endpoint_gates g ON g.endpoint_id = w.endpoint_id
    LEFT JOIN endpoint_health h ON h.endpoint_id = w.endpoint_id
    CROSS JOIN LATERAL (
      SELECT (count(*) FILTER (WHERE holds AND NOT own))::int AS held,
             (count(*) FILTER (WHERE leaves > clock_timestamp() OR waits AND NOT own))::int AS recent,
             min(leaves) FILTER (WHERE leaves > clock_timestamp()) AS "leavesAt",
             (count(*) FILTER (WHERE leaves <= clock_timestamp() AND NOT coalesce(holds, false)))::int AS spent
      FROM (
        SELECT least(
                 k.admitted_at + make_interval(secs => w.seconds), k.done_at + make_interval(secs => w.per_seconds)
               ) AS leaves,
               -- one that is being sent by now holds its place, whoever else still asks for it, and so does one that
               -- was let in since, but for the head of those in order
               d.status IS DISTINCT FROM 'delivering' AND EXISTS (
                 SELECT FROM unnest(
                   ${claiming.map(({ id }) => id)}::uuid[], ${claiming.map(({ seenFence }) => seenFence)}::int[]
                 ) AS c(id, fence)
                 WHERE c.id = k.delivery_id AND (c.fence = k.fence OR ep.ordering = 'fifo')
               ) AS own,
               d.status <> 'delivering' AND d.look_at IS NOT NULL AND d.fence = k.fence AS waits,
               CASE WHEN d.status = 'delivering' THEN d.fence = k.fence + 1 OR ep.ordering = 'fifo'
                    WHEN d.status IN ('pending', 'retrying')
                      THEN d.look_at IS NOT NULL AND (d.fence = k.fence OR ep.ordering = 'fifo')
                    ELSE false END AS holds
        FROM endpoint_tickets k
        -- the limit keeps PostgreSQL to a look-up by key in one partition for each ticket
        LEFT JOIN LATERAL (
          SELECT status, fence, look_at FROM deliveries
          WHERE id = k.delivery_id AND (k.done_at IS NULL OR ep.ordering = 'fifo') LIMIT 1
        ) d ON true
        WHERE k.endpoint_id = w.endpoint_id
      ) ticket
    ) t
    LEFT JOIN LATERAL (
      SELECT id FROM deliveries
      WHERE endpoint_id = w.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying')
        AND id >= redrive_first_id(h.recovered_at)
      ORDER BY id LIMIT 1
    ) first ON true
    ORDER BY ep.id`
}

const TICKETS_TO_KEEP = 50

/** Forgets tickets that neither hold a place nor count for a rate limit any more, where there are many. */
export async function dropSpentTickets(tx: Transaction, all: readonly LockedGate[]): Promise<void> {
  const gates = all.filter((gate) => gate.spent > TICKETS_TO_KEEP)
  if (gates.length === 0) return
  await tx.$executeRaw`
    DELETE FROM endpoint_tickets k
    USING unnest(
      ${gates.map((gate) => gate.endpointId)}::uuid[],
      ${gates.map((gate) => (gate.rateLimit === null ? 0 : rateWindowMs(gate.rateLimit) / 1000))}::float8[],
      ${gates.map((gate) => gate.ordering === 'fifo')}::boolean[]
    ) AS w(endpoint_id, seconds, in_order)
    WHERE k.endpoint_id = w.endpoint_id AND k.admitted_at <= clock_timestamp() - make_interval(secs => w.seconds)
      AND NOT EXISTS (
        SELECT 1 FROM deliveries d
        WHERE (k.done_at IS NULL OR w.in_order) AND d.id = k.delivery_id AND d.status IN ('pending', 'retrying', 'delivering') AND d.fence BETWEEN k.fence AND k.fence + 1
      )`
}
