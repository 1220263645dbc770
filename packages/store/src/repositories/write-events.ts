import type { EndpointStatus, EventStatus } from '@redrive/core'
import { isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import { GRACE_SECONDS } from '../ledger/statement.ts'
import type { NewEvent } from '../repositories.ts'

/** A UUID that no endpoint has, for text that names none. */
const NO_ENDPOINT = '00000000-0000-0000-0000-000000000000'

export interface Written {
  /** the place in the batch, from 0 */
  place: number
  /** null: the tenant has no such endpoint */
  endpoint: EndpointStatus | 'deleted' | null
  /** null: not written, because the idempotency key or the id was there already */
  status: EventStatus | null
}

/**
 * Keys and events in one statement, hence one transaction. ON CONFLICT waits for another transaction that is writing
 * the same key, so of two at once one is written. The keys go in sorted, so that two batches can't deadlock.
 */
export async function writeEvents(db: Db, events: readonly NewEvent[]): Promise<Written[]> {
  const column = <T>(get: (event: NewEvent) => T): T[] => events.map(get)
  const time = (date: Date | null): string | null => date?.toISOString() ?? null
  return db.$queryRaw<Written[]>`
    WITH input AS MATERIALIZED (
      SELECT i.*, CASE WHEN i.endpoint_id IS NULL THEN 'active' ELSE (
        SELECT CASE WHEN e.deleted_at IS NULL THEN e.status ELSE 'deleted' END
        FROM endpoints e WHERE e.id = i.endpoint_id AND e.tenant_id = i.tenant_id AND e.callback_of IS NULL
      ) END AS endpoint
      FROM unnest(
        ${column((e) => e.id)}::uuid[],
        ${column((e) => e.tenantId)}::uuid[],
        ${column((e) => e.type)}::text[],
        ${column((e) => e.payload)}::text[],
        ${column((e) => e.channel)}::text[],
        ${column((e) => e.subject?.type ?? null)}::text[],
        ${column((e) => e.subject?.id ?? null)}::text[],
        ${column((e) => JSON.stringify(e.metadata))}::text[],
        ${column((e) => e.idempotencyKey)}::text[],
        ${column((e) => e.contentHash?.toString('hex') ?? null)}::text[],
        ${column((e) => e.sourceEventId)}::uuid[],
        ${column((e) => e.sourceNumber ?? null)}::bigint[],
        ${column((e) => (e.endpointId !== null && !isUuid(e.endpointId) ? NO_ENDPOINT : e.endpointId))}::uuid[],
        ${column((e) => time(e.createdAt))}::timestamptz[],
        ${column((e) => time(e.deliverAt))}::timestamptz[],
        ${column((e) => time(e.expiresAt))}::timestamptz[],
        ${column((e) => e.trace ?? null)}::text[]
      ) WITH ORDINALITY AS i(
        id, tenant_id, type, payload, channel, subject_type, subject_id, metadata, idempotency_key, content_hash,
        source_event_id, source_number, endpoint_id, created_at, deliver_at, expires_at, trace, place
      )
    ), keys AS (
      INSERT INTO idempotency_keys (tenant_id, key, event_id, content_hash)
      SELECT tenant_id, idempotency_key, id, decode(content_hash, 'hex') FROM input
      WHERE endpoint IN ('active', 'paused') AND idempotency_key IS NOT NULL
      ORDER BY tenant_id, idempotency_key, place
      ON CONFLICT DO NOTHING
      RETURNING event_id
    ), written AS (
      INSERT INTO events (
        id, tenant_id, type, payload, channel, subject_type, subject_id, metadata, idempotency_key,
        source_event_id, source_number, endpoint_id, created_at, deliver_at, expires_at, trace, status, look_at
      )
      SELECT
        id, tenant_id, type, payload, channel, subject_type, subject_id, metadata::jsonb, idempotency_key,
        source_event_id, source_number, endpoint_id, created_at, deliver_at, expires_at, trace,
        CASE WHEN deliver_at > now() THEN 'scheduled' ELSE 'pending' END,
        CASE WHEN deliver_at > now() THEN deliver_at ELSE now() + make_interval(secs => ${GRACE_SECONDS}) END
      FROM input
      WHERE endpoint IN ('active', 'paused') AND (idempotency_key IS NULL OR id IN (SELECT event_id FROM keys))
      ON CONFLICT DO NOTHING
      RETURNING id, status
    )
    SELECT (i.place - 1)::int AS place, i.endpoint, w.status FROM input i LEFT JOIN written w USING (id)`
}
