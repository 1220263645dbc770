import type { BulkRetry, EventFilter, JsonValue } from '@redrive/core'
import { deliveryId, matchesFilter } from '@redrive/core'
import { Prisma } from '../generated/client.ts'
import { GRACE_SECONDS } from '../ledger/statement.ts'
import type { Batch, Transaction } from './bulk-batch.ts'
import { isMissing, isPast } from './bulk-match.ts'
import { QUEUED_COLUMNS } from './requeue.ts'
import type { QueuedRow } from './requeue.ts'

/** Events that one batch looks through, where few of them are missing. */
const WINDOW = 2_000

interface MissingEvent {
  id: string
  type: string
  payload: string | null
}

/** Makes deliveries for past events that the endpoint would have got, had it been there and subscribed as it is now. */
export async function makeMissing(
  tx: Transaction,
  retry: BulkRetry,
  cursor: string | null,
  limit: number,
): Promise<Batch> {
  const endpoint =
    retry.filter.endpointId === null
      ? null
      : await tx.endpoint.findFirst({
          where: { id: retry.filter.endpointId, deletedAt: null, status: { not: 'disabled' } },
        })
  if (!endpoint) return { seen: 0, rows: [], cursor: null }
  const { id: endpointId, eventTypes, channels } = endpoint
  // written by the endpoints repository alone
  const filter = endpoint.filter as EventFilter | null

  const scan = Prisma.sql`
    SELECT ev.id FROM events ev
    WHERE ${isPast(retry.tenantId, retry.filter)} AND ev.created_at <= ${retry.createdAt.toISOString()}::timestamptz
      ${cursor === null ? Prisma.empty : Prisma.sql`AND ev.id > ${cursor}::uuid`}
    ORDER BY ev.id LIMIT ${WINDOW}`
  const [end] = await tx.$queryRaw<{ scanned: number; last: string | null }[]>`
    SELECT count(*)::int AS scanned, (array_agg(id ORDER BY id DESC))[1] AS last FROM (${scan}) window_of_events`
  const missing = await tx.$queryRaw<MissingEvent[]>`
    SELECT ev.id, ev.type, CASE WHEN ${filter !== null} THEN ev.payload END AS payload
    FROM events ev JOIN (${scan}) window_of_events USING (id)
    WHERE ${isMissing({ endpointId, eventTypes, channels })}
    ORDER BY ev.id LIMIT ${limit}`
  const wanted = missing.filter(
    // JSON.parse gives JSON values; publishing refuses what does not parse
    ({ payload }) => filter === null || (payload !== null && matchesFilter(filter, JSON.parse(payload) as JsonValue)),
  )
  const parked = endpoint.status === 'paused' || endpoint.ordering === 'fifo'
  const rows = await insert(tx, retry, { id: endpointId, parked }, wanted)
  const isScanned = (end?.scanned ?? 0) < WINDOW
  const next = missing.length === limit ? (missing.at(-1)?.id ?? null) : isScanned ? null : (end?.last ?? null)
  return { seen: missing.length, rows, cursor: next }
}

async function insert(
  tx: Transaction,
  retry: BulkRetry,
  endpoint: { id: string; parked: boolean },
  events: readonly MissingEvent[],
): Promise<QueuedRow[]> {
  return tx.$queryRaw<QueuedRow[]>`
    INSERT INTO deliveries AS d (
      id, event_id, endpoint_id, tenant_id, event_type, mode, trigger, next_attempt_at, retried_at, look_at
    )
    SELECT id, event_id, ${endpoint.id}::uuid, ${retry.tenantId}::uuid, event_type, ${retry.mode}, 'bulk', now(), now(),
           CASE WHEN NOT ${endpoint.parked} THEN now() + make_interval(secs => ${GRACE_SECONDS}) END
    FROM unnest(
      ${events.map((event) => deliveryId(event.id, endpoint.id))}::uuid[],
      ${events.map((event) => event.id)}::uuid[],
      ${events.map((event) => event.type)}::text[]
    ) AS i(id, event_id, event_type)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING
    RETURNING ${QUEUED_COLUMNS}`
}
