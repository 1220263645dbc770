import type { EventStatus } from '@redrive/core'
import { isUuid } from '@redrive/core'
import type { Statements } from '../db.ts'
import { GRACE_SECONDS, NIL } from '../ledger/statement.ts'
import { TYPE_PATTERNS } from '../ledger/type-patterns.ts'
import type { NewEvent } from '../repositories.ts'

/** Entries of the batch of which the same came. */
export interface Written {
  /** their places in the batch, from 0 */
  places: number[]
  /** why it can't be written, whatever its key is; null: nothing speaks against it */
  refusal: 'unknown_endpoint' | 'endpoint_disabled' | 'endpoint_deleted' | 'expired' | null
  /** null: not written, because the idempotency key or the id was there already */
  status: EventStatus | null
}

/**
 * Keys and events in one statement, hence one transaction. ON CONFLICT waits for another transaction that is writing
 * the same key, so of two at once one is written. The keys go in sorted, so that two batches can't deadlock. Answers
 * only for those that were not simply written and are pending now.
 *
 * What nobody subscribes to in this statement's own snapshot, which is later than any call that it answers, is dispatched
 * as it is written: there is nothing for fan-out to do, and its row is written once and not twice. Where anybody takes
 * the type, channels and filters are left to fan-out.
 *
 * The rows go over as one JSON text, which costs less than an array for each column.
 */
export async function writeEvents(db: Statements, events: readonly NewEvent[]): Promise<Written[]> {
  return db.$queryRaw<Written[]>`
    WITH input AS MATERIALIZED (
      SELECT i.*, CASE
        WHEN i.expires_at <= now() THEN 'expired'
        WHEN i.endpoint_id IS NOT NULL THEN nullif(coalesce((
          SELECT CASE WHEN e.deleted_at IS NOT NULL THEN 'endpoint_deleted'
                      WHEN e.status = 'disabled' THEN 'endpoint_disabled' ELSE '' END
          FROM endpoints e WHERE e.id = i.endpoint_id AND e.tenant_id = i.tenant_id AND e.callback_of IS NULL
        ), 'unknown_endpoint'), '')
      END AS refusal
      FROM json_to_recordset(${JSON.stringify(events.map(row))}::json) AS i(
        place int, id uuid, tenant_id uuid, type text, payload text, channel text, subject_type text,
        subject_id text, metadata jsonb, idempotency_key text, content_hash text, source_event_id uuid,
        source_number bigint, endpoint_id uuid, created_at timestamptz, deliver_at timestamptz, expires_at timestamptz,
        trace text
      )
    ), kinds AS MATERIALIZED (
      SELECT tenant_id, type, ${TYPE_PATTERNS} AS patterns
      FROM (SELECT DISTINCT tenant_id, type FROM input WHERE endpoint_id IS NULL) k
    ), heard AS MATERIALIZED (
      SELECT k.tenant_id, k.type FROM kinds k
      CROSS JOIN LATERAL (
        SELECT FROM endpoints e
        WHERE e.tenant_id = k.tenant_id AND e.event_types && k.patterns
          AND e.deleted_at IS NULL AND e.status IN ('active', 'paused')
        LIMIT 1
      ) ep
    ), keys AS (
      INSERT INTO idempotency_keys (tenant_id, key, event_id, content_hash)
      SELECT tenant_id, idempotency_key, id, decode(content_hash, 'hex') FROM input
      WHERE refusal IS NULL AND idempotency_key IS NOT NULL
      ORDER BY tenant_id, idempotency_key, place
      ON CONFLICT DO NOTHING
      RETURNING event_id
    ), written AS (
      INSERT INTO events (
        id, tenant_id, type, payload, channel, subject_type, subject_id, metadata, idempotency_key,
        source_event_id, source_number, endpoint_id, created_at, deliver_at, expires_at, trace, status, look_at,
        dispatched_at
      )
      SELECT
        id, tenant_id, type, payload, channel, subject_type, subject_id, metadata, idempotency_key,
        source_event_id, source_number, endpoint_id, created_at, deliver_at, expires_at, trace, next.status,
        CASE next.status
          WHEN 'scheduled' THEN deliver_at
          WHEN 'pending' THEN now() + make_interval(secs => ${GRACE_SECONDS})
          -- it may be sent again, to somebody who did not take it now
          WHEN 'dispatched' THEN expires_at
        END,
        CASE next.status WHEN 'dispatched' THEN now() END
      FROM input, LATERAL (SELECT CASE
        WHEN deliver_at > now() THEN 'scheduled'
        WHEN endpoint_id IS NOT NULL OR (tenant_id, type) IN (SELECT * FROM heard) THEN 'pending'
        ELSE 'dispatched'
      END) AS next(status)
      WHERE refusal IS NULL AND (idempotency_key IS NULL OR id IN (SELECT event_id FROM keys))
      ON CONFLICT DO NOTHING
      RETURNING id, status
    )
    SELECT array_agg(i.place) AS places, i.refusal, w.status FROM input i LEFT JOIN written w USING (id)
    WHERE w.status IS DISTINCT FROM 'pending'
    GROUP BY i.refusal, w.status`
}

/** What is undefined is left out of the JSON, and is NULL then. */
function row(event: NewEvent, place: number): object {
  const { endpointId } = event
  return {
    place,
    id: event.id,
    tenant_id: event.tenantId,
    type: event.type,
    payload: event.payload,
    channel: event.channel ?? undefined,
    subject_type: event.subject?.type,
    subject_id: event.subject?.id,
    metadata: event.metadata,
    idempotency_key: event.idempotencyKey ?? undefined,
    content_hash: event.contentHash?.toString('hex'),
    source_event_id: event.sourceEventId ?? undefined,
    source_number: event.sourceNumber ?? undefined,
    endpoint_id: endpointId === null ? undefined : isUuid(endpointId) ? endpointId : NIL,
    created_at: event.createdAt,
    deliver_at: event.deliverAt ?? undefined,
    expires_at: event.expiresAt ?? undefined,
    trace: event.trace ?? undefined,
  }
}
