import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@redrive/runtime'
import type { Db, Statements } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { ClaimAnswer, ClaimedDelivery, ClaimRequest, Ledger } from '../ledger.ts'
import { admit } from './admit.ts'
import type { LedgerOptions } from './create.ts'
import { loadClaimed } from './claimed-row.ts'
import type { ClaimRow } from './claimed-row.ts'
import { EXPIRED } from './expired-events.ts'
import { EXTENDED } from './gather.ts'
import { ADMITTED_AGAIN, admits, HAS_LIMITS, IS_GATED, IS_LIMITED, LEADS, LOADED, loads } from './loaded.ts'
import { idBounds, retryDeadlock } from './statement.ts'

/** A job that comes this little before its time is on time, unless others may ask for the same attempt until then. */
const EARLY_SECONDS = 1
/** How long a claim waits for others that ask at the same limits: where gates are left, others wait for it. */
const LIMITS_PATIENCE_SECONDS = { leave: 0.005, ask: 0.25 } as const
/** Of the lease, which others in the same batch hold already, waiting for gates takes so much at most. */
const GATE_PATIENCE_MS = 3_000
/** What a gate could not be asked about comes again after so long. */
const GATE_TROUBLE_MS = 2_000

const CLOSED = {
  endpoint_deleted: 'The endpoint was deleted',
  endpoint_disabled: 'The endpoint is disabled',
  expired: EXPIRED,
} as const

interface Pools {
  db: Db
  batches: Statements
}

/**
 * Claim and load in one statement; whoever loses a race for a row finds it changed and is told so. Limits that are far
 * from reached are asked in it; a gate that another has, or that has no room for all who come, only if that is wanted.
 */
export function createClaim(db: Db, options: LedgerOptions): Ledger['claim'] {
  const { batches, log } = options
  return async (requests, leaseSeconds, gates = 'ask') => {
    if (requests.length === 0) return []
    const seen = await claimRows(batches, requests, leaseSeconds, LIMITS_PATIENCE_SECONDS[gates])
    const rows = gates === 'ask' ? await pastGates({ db, batches }, seen, requests, leaseSeconds, log) : seen
    const won = new Map<string, ClaimRow>()
    for (const row of rows) if (row.verdict === 'claimed' && row.won && !won.has(row.id)) won.set(row.id, row)
    const claimed = await loadClaimed(db, [...won.values()], options)
    const answers: ClaimAnswer[] = requests.map(() => ({ kind: 'nothing', reason: 'unknown' }))
    for (const row of rows) {
      // of two requests for one delivery one has it
      const twice = won.has(row.id) && won.get(row.id) !== row
      answers[row.place] = twice ? { kind: 'nothing', reason: 'in_flight' } : answer(row, claimed, gates)
    }
    return answers
  }
}

function claimRows(
  batches: Statements,
  requests: readonly ClaimRequest[],
  leaseSeconds: number,
  patienceSeconds: number,
): Promise<ClaimRow[]> {
  return retryDeadlock(() => claim(batches, requests, leaseSeconds, patienceSeconds))
}

/**
 * For those that an endpoint's gate is between, its decision and the claim again: two more steps that only endpoints
 * at their limits or in trouble pay for (and a third where they were left at first). What was claimed at first is held by its lease already: whatever becomes of the
 * gates, it is answered, and soon.
 */
async function pastGates(
  pools: Pools,
  rows: readonly ClaimRow[],
  requests: readonly ClaimRequest[],
  leaseSeconds: number,
  log: Log,
): Promise<readonly ClaimRow[]> {
  const gated = rows.filter((row) => row.verdict === 'gated')
  if (gated.length === 0) return rows
  const second = await claimAdmitted(pools, gated, requests, leaseSeconds, log).catch((error: unknown) => {
    log.warn('gates could not be asked; their deliveries come again', { deliveries: gated.length, error })
    return null
  })
  const again = new Date(Date.now() + GATE_TROUBLE_MS)
  return rows.map((row) => {
    if (row.verdict !== 'gated') return row
    return second === null ? { ...row, verdict: 'early', dueAt: again } : (second.get(row.place) ?? row)
  })
}

/** By place. Null: the gates are busy. Tickets that they give later are there when the deliveries come again. */
async function claimAdmitted(
  pools: Pools,
  gated: readonly ClaimRow[],
  requests: readonly ClaimRequest[],
  leaseSeconds: number,
  log: Log,
): Promise<Map<number, ClaimRow> | null> {
  const patience = new AbortController()
  const asked = admit(pools.db, gated)
  const admitted = await Promise.race([
    asked,
    sleep(GATE_PATIENCE_MS, null, { signal: patience.signal }).catch(() => null),
  ]).finally(() => {
    patience.abort()
  })
  if (admitted === null) {
    asked.catch((error: unknown) => {
      log.debug('gates that were busy', { error })
    })
    return null
  }
  const again = gated.filter((row) => admitted.has(row.id))
  const ticketed = again.flatMap((row) => requests[row.place] ?? [])
  const claimed = ticketed.length === 0 ? [] : await claimRows(pools.batches, ticketed, leaseSeconds, 0)
  return new Map(
    claimed.flatMap((row): [number, ClaimRow][] => {
      const place = again[row.place]?.place
      return place === undefined ? [] : [[place, { ...row, place }]]
    }),
  )
}

function answer(row: ClaimRow, claimed: ReadonlyMap<string, ClaimedDelivery>, gates: 'ask' | 'leave'): ClaimAnswer {
  switch (row.verdict) {
    case 'early':
      return { kind: 'early', dueAt: row.dueAt }
    case 'finished':
    case 'superseded':
    case 'in_flight':
      return { kind: 'nothing', reason: row.verdict }
    case 'parked':
      return { kind: 'nothing', reason: 'parked' }
    case 'blocked':
      return { kind: 'held', endpointId: row.endpointId }
    case 'gated':
      return gates === 'ask' ? { kind: 'held', endpointId: row.endpointId } : { kind: 'gated' }
    case 'endpoint_deleted':
    case 'endpoint_disabled':
    case 'expired':
      return row.won
        ? { kind: 'closed', failure: { code: row.verdict, message: CLOSED[row.verdict] } }
        : { kind: 'nothing', reason: 'finished' }
    case 'claimed': {
      if (!row.won) return { kind: 'nothing', reason: 'in_flight' }
      const delivery = claimed.get(row.id)
      return delivery === undefined ? { kind: 'nothing', reason: 'unreadable' } : { kind: 'claimed', delivery }
    }
  }
}

/**
 * The range of ids is for the partitions alone, and no way to find rows: it may hold all that one event became, or all
 * that has come since the oldest. So rows are named by their ids beside it (ANY, or one by one in a LATERAL with a limit,
 * which the planner takes for no range).
 */
async function claim(
  db: Statements,
  requests: readonly ClaimRequest[],
  leaseSeconds: number,
  patienceSeconds: number,
): Promise<ClaimRow[]> {
  const { first, last } = idBounds(requests.map((request) => request.deliveryId))
  return db.$queryRaw<ClaimRow[]>`
    WITH input AS (
      SELECT id, round, place FROM unnest(
        ${requests.map((request) => request.deliveryId)}::uuid[], ${requests.map((request) => request.round)}::int[]
      ) WITH ORDINALITY AS i(id, round, place)
      ORDER BY id
    ), seen AS MATERIALIZED (
      SELECT i.place, d.id, d.fence, d.event_id, d.endpoint_id, d.next_attempt_at, d.trigger,
        ep.max_concurrency, ep.rate_limit, ${HAS_LIMITS} AS has_limits, ${IS_LIMITED} AS limited,
        CASE
          WHEN d.status IN ('succeeded', 'failed', 'cancelled') THEN 'finished'
          WHEN d.status = 'delivering' THEN 'in_flight'
          WHEN d.next_attempt_at > now() + make_interval(secs => CASE WHEN ${EXTENDED} THEN 0 ELSE ${EARLY_SECONDS} END)
            THEN CASE WHEN i.round < d.round THEN 'superseded' ELSE 'early' END
          WHEN ep.deleted_at IS NOT NULL THEN 'endpoint_deleted'
          WHEN e.expires_at <= now() THEN 'expired'
          WHEN ep.status = 'disabled' THEN 'endpoint_disabled'
          WHEN ep.status = 'paused' THEN 'parked'
          WHEN ${IS_GATED} AND (
            SELECT k.admitted_at FROM endpoint_tickets k WHERE k.delivery_id = d.id AND k.fence = d.fence
          ) IS NULL THEN
            -- while no probe can go, there is nothing to ask; a person who asks for a retry is one
            CASE WHEN h.breaker_state <> 'closed' AND h.next_probe_at > now() AND d.trigger <> 'manual'
              THEN 'blocked' ELSE 'gated' END
          ELSE 'claimed'
        END AS found
      FROM input i
      CROSS JOIN LATERAL (
        SELECT * FROM deliveries WHERE id = i.id AND id BETWEEN ${first}::uuid AND ${last}::uuid LIMIT 1
      ) d
      CROSS JOIN LATERAL (
        SELECT expires_at FROM events WHERE id = d.event_id AND id BETWEEN ${first}::uuid AND ${last}::uuid LIMIT 1
      ) e
      CROSS JOIN LATERAL (SELECT * FROM endpoints WHERE id = d.endpoint_id LIMIT 1) ep
      LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = d.endpoint_id LIMIT 1) h ON true
    ), open AS MATERIALIZED (
      SELECT endpoint_id FROM (
        -- in the order in which everybody locks gates
        SELECT endpoint_id, max_concurrency, rate_limit, count(*)::int AS count FROM seen
        WHERE found = 'gated' AND limited
        GROUP BY endpoint_id, max_concurrency, rate_limit ORDER BY endpoint_id
      ) g
      WHERE ${admits(Prisma.sql`endpoint_id`, Prisma.sql`count`, patienceSeconds)}
    ), judged AS MATERIALIZED (
      SELECT *, CASE WHEN found = 'gated' AND endpoint_id = ANY (ARRAY(SELECT endpoint_id FROM open)) THEN 'claimed' ELSE found END AS verdict
      FROM seen
    ), changed AS (
      UPDATE deliveries d SET
        status = CASE s.verdict WHEN 'claimed' THEN 'delivering' WHEN 'parked' THEN d.status WHEN 'blocked' THEN d.status WHEN 'expired' THEN 'cancelled' ELSE 'failed' END,
        fence = d.fence + 1,
        look_at = CASE s.verdict WHEN 'claimed' THEN now() + make_interval(secs => ${leaseSeconds}) END,
        claimed_at = CASE s.verdict WHEN 'claimed' THEN now() ELSE d.claimed_at END,
        next_attempt_at = CASE WHEN s.verdict IN ('parked', 'blocked') THEN d.next_attempt_at END,
        completed_at = CASE WHEN s.verdict NOT IN ('claimed', 'parked', 'blocked') THEN now() END,
        gave_up_at = CASE WHEN s.verdict NOT IN ('claimed', 'parked', 'blocked') THEN now() ELSE d.gave_up_at END,
        failure_code = CASE WHEN s.verdict NOT IN ('claimed', 'parked', 'blocked') THEN s.verdict END,
        failure_message = CASE s.verdict
          WHEN 'endpoint_deleted' THEN ${CLOSED.endpoint_deleted}
          WHEN 'endpoint_disabled' THEN ${CLOSED.endpoint_disabled}
          WHEN 'expired' THEN ${CLOSED.expired}
        END,
        updated_at = now()
      FROM judged s
      WHERE d.id = s.id AND d.fence = s.fence AND d.status IN ('pending', 'retrying')
        AND s.verdict IN ('claimed', 'parked', 'blocked', 'endpoint_deleted', 'endpoint_disabled', 'expired')
        AND d.id = ANY (ARRAY(SELECT id FROM input)) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
      RETURNING d.*
    ), ticketed AS (
      -- for a rate limit an admission counts from when the request leaves, which for what has waited since is now
      INSERT INTO endpoint_tickets (delivery_id, fence, endpoint_id, admitted_at)
      SELECT DISTINCT ON (c.id) c.id, s.fence, c.endpoint_id, clock_timestamp() FROM changed c JOIN judged s ON s.id = c.id
      WHERE s.verdict = 'claimed' AND s.has_limits
      ${ADMITTED_AGAIN}
    )
    SELECT
      (s.place - 1)::int AS place, s.id, s.verdict, c.id IS NOT NULL AS won, s.next_attempt_at AS "dueAt",
      s.endpoint_id AS "endpointId", s.fence AS "seenFence", s.trigger AS "seenTrigger", ${LOADED}
    FROM judged s
    LEFT JOIN (SELECT *, ${LEADS} FROM changed) c ON c.id = s.id
    ${loads({ first, last })}
    ORDER BY s.place`
}
