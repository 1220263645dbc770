import {
  attemptId,
  type BreakerRules,
  breakerRules,
  type BreakerSettings,
  isSuccess,
  storableText,
} from '@redrive/core'
import type { Statements } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { AttemptResult, Ledger } from '../ledger.ts'
import { GRACE_SECONDS, idBounds, retryDeadlock } from './statement.ts'

/** On `h`, the health before, and `excluded`, this batch's run of failures. */
const failedFor = (rule: BreakerSettings) => Prisma.sql`(
  h.breaker_state = 'closed' AND h.consecutive_failures + excluded.consecutive_failures >= ${rule.failures}
  AND h.failing_since <= now() - make_interval(secs => ${rule.overSeconds})
)`
const opensBy = ({ lasting, early }: BreakerRules) => Prisma.sql`(${failedFor(lasting)} OR ${failedFor(early)})`
const probeDelayBy = ({ lasting, early, longestProbeSeconds }: BreakerRules) => Prisma.sql`(CASE
  WHEN h.breaker_state = 'half_open' THEN least(greatest(h.probe_delay_seconds, ${early.firstProbeSeconds}) * 2, ${longestProbeSeconds})
  WHEN ${failedFor(lasting)} THEN ${lasting.firstProbeSeconds}
  WHEN ${failedFor(early)} THEN ${early.firstProbeSeconds}
  ELSE h.probe_delay_seconds
END)`
const CANCELLED = 'No retry follows: the delivery was cancelled while this attempt was being made.'
/** Of a `d`elivery whose attempt failed and would be followed by another. */
const isCancelled = Prisma.sql`(d.cancel_asked AND i.next_status = 'retrying')`

/** Attempts and next states in one statement, hence one transaction. */
export function createRecord(db: Statements, breaker: BreakerSettings): Ledger['record'] {
  const rules = breakerRules(breaker)
  return async (results) => {
    if (results.length === 0) return []
    const written = new Map(
      (await retryDeadlock(() => record(db, results, rules))).map((row) => [row.place, row.waited]),
    )
    return results.map((_, place) => ({ held: written.has(place), othersWait: written.get(place) ?? false }))
  }
}

interface Written {
  place: number
  waited: boolean
}

async function record(db: Statements, results: readonly AttemptResult[], rules: BreakerRules): Promise<Written[]> {
  const opens = opensBy(rules)
  const probeDelay = probeDelayBy(rules)
  /** Where all are null, none: what an array is shorter by is null too, and most attempts succeed. */
  const column = <T>(get: (result: AttemptResult) => T): T[] => {
    const values = results.map(get)
    return values.every((value) => value === null) ? [] : values
  }
  const { first, last } = idBounds(column((r) => r.claim.deliveryId))
  const response = (r: AttemptResult) => (r.outcome.kind === 'response' ? r.outcome : null)
  return db.$queryRaw<Written[]>`
    WITH input AS MATERIALIZED (
      SELECT * FROM unnest(
        ${column((r) => r.claim.deliveryId)}::uuid[],
        ${column((r) => r.claim.fence)}::int[],
        ${column((r) => attemptId(r.claim.deliveryId, r.attemptNumber))}::uuid[],
        ${column((r) => r.attemptNumber)}::int[],
        ${column((r) => r.trigger)}::text[],
        ${column((r) => r.outcome.startedAt.toISOString())}::timestamptz[],
        ${column((r) => Math.round(r.outcome.durationMs))}::int[],
        ${column((r) => JSON.stringify(r.outcome.timings))}::text[],
        ${column((r) => storableJson(r.request))}::text[],
        ${column((r) => response(r)?.status ?? null)}::int[],
        ${column((r) => storableJson(response(r)?.headers ?? null))}::text[],
        ${column((r) => storable(response(r)?.body ?? null))}::text[],
        ${column((r) => response(r)?.bodyTruncated ?? false)}::boolean[],
        ${column((r) => (isSuccess(r.outcome) ? 'succeeded' : 'failed'))}::text[],
        ${column((r) => r.error?.code ?? null)}::text[],
        ${column((r) => storable(r.error?.message ?? null))}::text[],
        ${column((r) => r.countsForPolicy)}::boolean[],
        ${column((r) => storableText(r.decision))}::text[],
        ${column((r) => r.next.status)}::text[],
        ${column((r) => (r.next.status === 'retrying' ? r.next.at.toISOString() : null))}::timestamptz[],
        ${column((r) => r.next.status === 'retrying' && r.next.queued)}::boolean[],
        ${column((r) => (r.next.status === 'failed' ? r.next.failure.code : null))}::text[],
        ${column((r) => (r.next.status === 'failed' ? storableText(r.next.failure.message) : null))}::text[],
        ${column((r) => (r.next.status === 'failed' ? r.next.disableEndpoint : null))}::text[],
        ${column((r) => r.callback)}::boolean[],
        ${column((r) => r.pauseEndpointUntil?.toISOString() ?? null)}::timestamptz[],
        ${column((r) => r.limited ?? false)}::boolean[]
      ) WITH ORDINALITY AS i(
        delivery_id, fence, attempt_id, number, trigger, started_at, duration_ms, timings, request, response_status,
        response_headers, response_body, body_truncated, outcome, error_code, error_message, counts, decision,
        next_status, next_at, queued, failure_code, failure_message, disable, callback, pause_until, limited, place
      )
    ), won AS (
      UPDATE deliveries d SET
        status = CASE WHEN ${isCancelled} OR i.failure_code = 'expired' THEN 'cancelled' ELSE i.next_status END,
        cancel_asked = false,
        round = d.round + (i.next_status = 'retrying' AND NOT i.queued)::int,
        attempt_count = i.number,
        policy_attempts = d.policy_attempts + i.counts::int,
        faults = 0,
        interruptions = 0,
        trigger = 'automatic',
        next_attempt_at = CASE WHEN NOT ${isCancelled} THEN i.next_at END,
        look_at = CASE WHEN ${isCancelled} THEN NULL WHEN i.queued THEN i.next_at + make_interval(secs => ${GRACE_SECONDS}) ELSE i.next_at END,
        failure_code = i.failure_code,
        failure_message = i.failure_message,
        last_started_at = i.started_at,
        last_duration_ms = i.duration_ms,
        last_status = i.response_status,
        last_error_code = i.error_code,
        last_error_message = i.error_message,
        completed_at = CASE WHEN i.next_status <> 'retrying' OR ${isCancelled} THEN now() END,
        gave_up_at = CASE i.next_status WHEN 'failed' THEN now() WHEN 'retrying' THEN d.gave_up_at END,
        callback = i.callback,
        updated_at = now()
      FROM input i
      WHERE d.id = i.delivery_id AND d.fence = i.fence AND d.status = 'delivering'
        AND d.id = ANY (ARRAY(SELECT delivery_id FROM input)) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
      RETURNING i.*, d.tenant_id, d.endpoint_id, d.test, i.next_status = 'retrying' AND d.status = 'cancelled' AS cancelled
    ), done AS (
      -- its place is free, and what a rate limit counts has arrived
      UPDATE endpoint_tickets k SET done_at = clock_timestamp()
      FROM won
      WHERE won.limited AND k.delivery_id = won.delivery_id AND k.fence = won.fence - 1
        AND k.delivery_id = ANY (ARRAY(SELECT delivery_id FROM input WHERE limited))
    ), crowded AS MATERIALIZED (
      SELECT l.endpoint_id FROM (SELECT DISTINCT endpoint_id FROM won WHERE limited) l
      CROSS JOIN LATERAL (
        SELECT 1 FROM deliveries
        WHERE endpoint_id = l.endpoint_id AND look_at IS NULL AND status IN ('pending', 'retrying') LIMIT 1
      ) waits
    ), finished AS (
      SELECT *, max(finished_at) FILTER (WHERE outcome = 'succeeded') OVER (PARTITION BY endpoint_id) AS last_success_at
      FROM (
        SELECT endpoint_id, test, outcome, error_code, pause_until, started_at,
               started_at + duration_ms * interval '1 ms' AS finished_at
        FROM won
      ) w
    ), health AS (
      SELECT endpoint_id, last_success_at, count(*) FILTER (WHERE counts AND NOT test)::int AS failures,
             min(started_at) FILTER (WHERE counts AND NOT test) AS failing_since,
             max(pause_until) FILTER (WHERE counts) AS not_before
      FROM (
        -- in a batch an endpoint may have failed and succeeded: what counts is the run of failures at its end, and
        -- trouble of our own says nothing about it
        SELECT *, outcome = 'failed' AND error_code NOT IN ('interrupted', 'internal')
               AND (last_success_at IS NULL OR finished_at > last_success_at) AS counts
        FROM finished
      ) f
      GROUP BY endpoint_id, last_success_at
    ), upserted AS (
      INSERT INTO endpoint_health AS h (endpoint_id, failing_since, consecutive_failures, last_success_at, not_before)
      SELECT endpoint_id, failing_since, failures, last_success_at, not_before
      FROM health
      WHERE (failures > 0 OR not_before IS NOT NULL OR EXISTS (
        SELECT 1 FROM endpoint_health known
        WHERE known.endpoint_id = health.endpoint_id AND health.last_success_at IS NOT NULL
          AND (known.consecutive_failures > 0 OR known.breaker_state <> 'closed')
      ))
      ORDER BY endpoint_id
      ON CONFLICT (endpoint_id) DO UPDATE SET
        failing_since = CASE WHEN excluded.last_success_at IS NOT NULL OR h.failing_since IS NULL
          THEN excluded.failing_since ELSE h.failing_since END,
        consecutive_failures = excluded.consecutive_failures
          + CASE WHEN excluded.last_success_at IS NULL THEN h.consecutive_failures ELSE 0 END,
        last_success_at = coalesce(excluded.last_success_at, h.last_success_at),
        not_before = greatest(h.not_before, excluded.not_before),
        -- closed by any success; opened by a run of failures, and again by a probe's
        breaker_state = CASE
          WHEN excluded.last_success_at IS NOT NULL THEN 'closed'
          WHEN h.breaker_state = 'half_open' OR ${opens} THEN 'open'
          ELSE h.breaker_state
        END,
        opened_at = CASE
          WHEN excluded.last_success_at IS NOT NULL THEN NULL
          WHEN ${opens} THEN now()
          ELSE h.opened_at
        END,
        probe_delay_seconds = ${probeDelay},
        next_probe_at = CASE
          WHEN excluded.last_success_at IS NOT NULL THEN NULL
          WHEN h.breaker_state = 'half_open' OR ${opens} THEN now() + make_interval(secs => ${probeDelay})
          ELSE h.next_probe_at
        END,
        recovered_at = CASE
          WHEN excluded.last_success_at IS NOT NULL AND h.breaker_state <> 'closed' THEN now()
          ELSE h.recovered_at
        END,
        updated_at = now()
      RETURNING endpoint_id, h.failing_since
    ), disabled AS (
      -- by its own word, or because it has failed for too long without one success. After health, whose row says so as
      -- it is now and not as it was when this statement began; whoever else locks both takes them in this order.
      UPDATE endpoints ep SET
        status = 'disabled',
        disabled_reason = coalesce(w.disable, 'It has failed since ' || redrive_time(w.failing_since) || ' without one success.'),
        disabled_at = now(),
        updated_at = now()
      FROM (
        SELECT won.endpoint_id, max(won.disable) AS disable, max(u.failing_since) AS failing_since
        FROM won LEFT JOIN upserted u USING (endpoint_id)
        GROUP BY won.endpoint_id
        HAVING max(won.disable) IS NOT NULL OR max(u.failing_since) IS NOT NULL
        ORDER BY won.endpoint_id
      ) w
      WHERE ep.id = w.endpoint_id AND ep.status <> 'disabled' AND ep.deleted_at IS NULL
        AND (w.disable IS NOT NULL OR w.failing_since <= now() - make_interval(secs => ep.disable_after_seconds))
      RETURNING ep.id, ep.disabled_reason AS reason
    ), attempted AS (
      INSERT INTO attempts (
        id, delivery_id, tenant_id, endpoint_id, number, trigger, started_at, duration_ms, timings, request,
        response_status, response_headers, response_body, body_truncated, outcome, error_code, error_message, decision,
        next_attempt_at
      )
      SELECT
        attempt_id, delivery_id, tenant_id, endpoint_id, number, trigger, started_at, duration_ms, timings::jsonb,
        request::jsonb, response_status, response_headers::jsonb, response_body, body_truncated, outcome, error_code,
        error_message,
        CASE WHEN won.cancelled THEN ${CANCELLED} ELSE decision END || coalesce(' The endpoint is disabled: ' || x.reason, ''),
        CASE WHEN NOT won.cancelled THEN next_at END
      FROM won
      LEFT JOIN disabled x ON x.id = won.endpoint_id AND won.outcome = 'failed' AND won.disable IS NULL
      ON CONFLICT (id) DO NOTHING
    )
    SELECT (place - 1)::int AS place, endpoint_id = ANY (ARRAY(SELECT endpoint_id FROM crowded)) AS waited FROM won`
}

function storable(text: string | null): string | null {
  return text === null ? null : storableText(text)
}

/** How JSON writes what PostgreSQL's strings can't hold: NUL and halves of a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** JSON whose strings PostgreSQL can hold; null stays null. */
function storableJson(value: unknown): string | null {
  if (value === null) return null
  const text = JSON.stringify(value)
  // member by member only where there is something to repair: that is slow
  if (!UNSTORABLE.test(text)) return text
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'string' ? storableText(member) : member))
}
