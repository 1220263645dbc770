import { acceptsChannel, matchesFilter, typePatterns } from '@redrive/core'
import type { EventFilter, JsonValue } from '@redrive/core'
import type { Statements } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { idBounds } from './statement.ts'

export interface PendingEvent {
  id: string
  tenantId: string
  type: string
  channel: string | null
  endpointId: string | null
  trace?: string | null
  expired?: boolean
}

export interface Recipient {
  event: PendingEvent
  endpointId: string
  /** the delivery waits at its endpoint's gate: paused, in trouble, in order, or behind others that wait */
  parked: boolean
  paused: boolean
  /** in publish order: nothing but the gate lets it go */
  inOrder: boolean
}

interface Subscriber {
  id: string
  tenantId: string
  /** the type that it was looked up for; null where an event names it as its only recipient */
  type: string | null
  channels: string[]
  filter: EventFilter | null
  parked: boolean
  paused: boolean
  inOrder: boolean
}

/**
 * The endpoints that these events go to: those that subscribe to the type, take the channel and whose filter holds, or
 * the one that the event names, subscribed or not. Disabled and deleted ones get nothing.
 */
export async function findRecipients(db: Statements, events: readonly PendingEvent[]): Promise<Recipient[]> {
  return (await findRecipientsUpTo(db, events, Infinity)).recipients
}

/** The same, but for events whose type has more than `most` subscribers, which are not all looked up. */
export async function findRecipientsUpTo(
  db: Statements,
  all: readonly PendingEvent[],
  most: number,
): Promise<{ recipients: Recipient[]; tooMany: PendingEvent[] }> {
  if (all.length === 0) return { recipients: [], tooMany: [] }
  const byKey = Map.groupBy(await findSubscribers(db, all, most), keyOf)
  const { few: events = [], many: tooMany = [] } = Object.groupBy(all, (event) =>
    event.endpointId === null && (byKey.get(keyOf(event)) ?? []).length > most ? 'many' : 'few',
  )
  const candidates = events.flatMap((event) =>
    event.endpointId === null
      ? (byKey.get(keyOf(event)) ?? [])
          .filter((subscriber) => acceptsChannel(subscriber.channels, event.channel))
          .map((subscriber) => ({ event, subscriber }))
      : (byKey.get(keyOf({ tenantId: event.tenantId, type: null })) ?? [])
          .filter((subscriber) => subscriber.id === event.endpointId)
          .map((subscriber) => ({ event, subscriber: { ...subscriber, filter: null } })),
  )

  const filtered = candidates.filter(({ subscriber }) => subscriber.filter !== null)
  const payloads = await loadPayloads(db, [...new Set(filtered.map(({ event }) => event.id))])
  const recipients = candidates
    .filter(({ event, subscriber: { filter } }) => {
      const payload = payloads.get(event.id)
      return filter === null || (payload !== undefined && matchesFilter(filter, payload))
    })
    .map(({ event, subscriber: { id, parked, paused, inOrder } }) => ({
      event,
      endpointId: id,
      parked,
      paused,
      inOrder,
    }))
  return { recipients, tooMany }
}

/** On `ep` and its health `h`. What is born parked needs no job to find out; the claim decides about the rest. */
const PARKED = Prisma.sql`(
  ep.status = 'paused' OR ep.ordering = 'fifo' OR coalesce(h.breaker_state <> 'closed' OR h.not_before > now(), false)
  OR (ep.max_concurrency IS NOT NULL OR ep.rate_limit IS NOT NULL) AND EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.endpoint_id = ep.id AND d.look_at IS NULL AND d.status IN ('pending', 'retrying')
  )
)`

function keyOf({ tenantId, type }: { tenantId: string; type: string | null }): string {
  return `${tenantId} ${type ?? ''}`
}

async function findSubscribers(db: Statements, events: readonly PendingEvent[], most: number): Promise<Subscriber[]> {
  const open = events.filter((event) => event.endpointId === null)
  const types = [...new Map(open.map((event) => [keyOf(event), event])).values()]
  const targeted = [...new Map(events.map((event) => [event.endpointId, event])).values()].filter(
    (event) => event.endpointId !== null,
  )
  return db.$queryRaw<Subscriber[]>`
    SELECT ep.id, t.tenant_id AS "tenantId", t.type, ep.channels, ep.filter, ${PARKED} AS parked,
           ep.status = 'paused' AS paused, ep.ordering = 'fifo' AS "inOrder"
    FROM unnest(
      ${types.map((event) => event.tenantId)}::uuid[],
      ${types.map((event) => event.type)}::text[],
      ${types.map((event) => typePatterns(event.type).join(','))}::text[]
    ) AS t(tenant_id, type, patterns)
    CROSS JOIN LATERAL (
      SELECT * FROM endpoints
      WHERE tenant_id = t.tenant_id AND event_types && string_to_array(t.patterns, ',')
        AND deleted_at IS NULL AND status IN ('active', 'paused')
      LIMIT ${most === Infinity ? null : most + 1}::bigint
    ) ep
    LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = ep.id LIMIT 1) h ON true
    UNION ALL
    SELECT ep.id, ep.tenant_id, NULL, ep.channels, ep.filter, ${PARKED}, ep.status = 'paused', ep.ordering = 'fifo'
    FROM unnest(
      ${targeted.map((event) => event.tenantId)}::uuid[],
      ${targeted.map((event) => event.endpointId)}::uuid[]
    ) AS t(tenant_id, endpoint_id)
    CROSS JOIN LATERAL (
      SELECT * FROM endpoints
      WHERE id = t.endpoint_id AND tenant_id = t.tenant_id AND deleted_at IS NULL AND status IN ('active', 'paused')
      LIMIT 1
    ) ep
    LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = ep.id LIMIT 1) h ON true`
}

async function loadPayloads(db: Statements, eventIds: readonly string[]): Promise<Map<string, JsonValue>> {
  if (eventIds.length === 0) return new Map()
  const { first, last } = idBounds(eventIds)
  const rows = await db.$queryRaw<{ id: string; payload: string }[]>`
    SELECT id, payload FROM events
    WHERE id = ANY (${[...eventIds]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid`
  // JSON.parse gives JSON values; publishing refuses what does not parse
  return new Map(rows.map((row) => [row.id, JSON.parse(row.payload) as JsonValue]))
}
