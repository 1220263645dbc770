import { attemptId } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { DueDelivery } from '../ledger.ts'
import { idBounds } from './statement.ts'

export interface ExpiredLease {
  deliveryId: string
  fence: number
  attemptCount: number
}

/** A delivery that took its worker down, or was cut off, this often in a row is set aside. */
const INTERRUPTIONS_TO_FAIL = 10
const SET_ASIDE =
  'Set aside: the workers that were sending it stopped before they recorded an answer, many times in a row.'
const MESSAGE = 'The worker that was sending this request stopped before it recorded an answer'
const CANCELLED = 'Not sent again: the delivery was cancelled while this attempt was being made.'
const DECISION = 'Sent again at once, because whether the endpoint got this request is not known.'
/** By `d`, the row as it is updated: it may have been cancelled since this statement began. */
const STATUS_AFTER = Prisma.sql`
  CASE WHEN d.cancel_asked THEN 'cancelled' WHEN d.interruptions + 1 >= ${INTERRUPTIONS_TO_FAIL} THEN 'failed' ELSE 'retrying' END`

/**
 * Ends claims whose lease ran out: an `interrupted` attempt, which uses up none of the policy's, and a new round that is
 * due now, unless it was cancelled meanwhile or this has happened too often in a row (code `internal`). A claim that was renewed or recorded meanwhile is left alone.
 */
export async function closeExpiredLeases(
  db: Db,
  expired: readonly ExpiredLease[],
  graceSeconds: number,
): Promise<DueDelivery[]> {
  if (expired.length === 0) return []
  const sorted = [...expired].sort((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1))
  const ids = sorted.map((row) => row.deliveryId)
  const { first, last } = idBounds(ids)
  return db.$queryRaw<DueDelivery[]>`
    WITH expired AS (
      SELECT d.*, i.attempt_id, coalesce(ep.url, '') AS url
      FROM unnest(
        ${ids}::uuid[],
        ${sorted.map((row) => row.fence)}::int[],
        ${sorted.map((row) => attemptId(row.deliveryId, row.attemptCount + 1))}::uuid[]
      ) AS i(id, fence, attempt_id)
      JOIN deliveries d ON d.id = i.id AND d.fence = i.fence
      LEFT JOIN endpoints ep ON ep.id = d.endpoint_id
      WHERE d.id = ANY (${ids}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
    ), closed AS (
      UPDATE deliveries d SET
        status = ${STATUS_AFTER},
        interruptions = d.interruptions + 1,
        round = d.round + 1,
        attempt_count = d.attempt_count + 1,
        trigger = 'recovery',
        next_attempt_at = CASE ${STATUS_AFTER} WHEN 'retrying' THEN now() END,
        look_at = CASE ${STATUS_AFTER} WHEN 'retrying' THEN now() + make_interval(secs => ${graceSeconds}) END,
        completed_at = CASE WHEN ${STATUS_AFTER} <> 'retrying' THEN now() END,
        failure_code = CASE ${STATUS_AFTER} WHEN 'failed' THEN 'internal' END,
        failure_message = CASE ${STATUS_AFTER} WHEN 'failed' THEN ${SET_ASIDE} END,
        gave_up_at = CASE ${STATUS_AFTER} WHEN 'failed' THEN now() ELSE d.gave_up_at END,
        cancel_asked = false,
        last_started_at = d.claimed_at,
        -- an integer holds 24 days of milliseconds
        last_duration_ms = least(extract(epoch FROM now() - d.claimed_at) * 1000, 2147483647)::int,
        last_status = NULL,
        last_error_code = 'interrupted',
        last_error_message = ${MESSAGE},
        updated_at = now()
      FROM expired x
      WHERE d.id = x.id AND d.fence = x.fence AND d.status = 'delivering' AND d.look_at <= now()
        AND d.id = ANY (${ids}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
      RETURNING d.*, x.attempt_id, x.url, x.trigger AS trigger_before
    ), attempted AS (
      INSERT INTO attempts (
        id, delivery_id, tenant_id, endpoint_id, number, trigger, started_at, duration_ms, timings, request, outcome,
        error_code, error_message, decision, next_attempt_at
      )
      SELECT
        attempt_id, id, tenant_id, endpoint_id, attempt_count, trigger_before, last_started_at, last_duration_ms,
        jsonb_build_object('dns', null, 'connect', null, 'tls', null, 'firstByte', null, 'total', last_duration_ms),
        jsonb_build_object('method', 'POST', 'url', url, 'headers', '{}'::jsonb), 'failed',
        last_error_code, last_error_message, CASE status WHEN 'cancelled' THEN ${CANCELLED} WHEN 'failed' THEN ${SET_ASIDE} ELSE ${DECISION} END, next_attempt_at
      FROM closed
      ON CONFLICT (id) DO NOTHING
    )
    SELECT id AS "deliveryId", round, tenant_id AS "tenantId", endpoint_id AS "endpointId", event_type AS "eventType",
           next_attempt_at AS "dueAt", trigger
    FROM closed WHERE status = 'retrying'`
}
