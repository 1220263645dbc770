import { setImmediate as nextTurn } from 'node:timers/promises'
import { matchesFilter } from '@redrive/core'
import type { EventFilter, EventStatus, JsonValue } from '@redrive/core'
import type { Statements } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { idBounds } from './statement.ts'
import { TYPE_PATTERNS } from './type-patterns.ts'

export interface FoundEvent {
  id: string
  tenantId: string
  type: string
  channel: string | null
  endpointId: string | null
  status: EventStatus
  trace: string | null
  /** its time has come */
  due: boolean
  expired: boolean
  /** filters are left to `recipientsOf` */
  subscribers: readonly Subscriber[]
}

export interface Recipient {
  event: FoundEvent
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
  /** the type and the channel that it was looked up for; without a type where an event names it as its only recipient */
  type: string | null
  channel: string | null
  filter: EventFilter | null
  parked: boolean
  paused: boolean
  inOrder: boolean
}

/** Many events with many filters are a lot of work for one turn of the event loop, which leases must be renewed in. */
const TURN_MS = 5

/** On `ep` and its health `h`. What is born parked needs no job to find out; the claim decides about the rest. */
const PARKED = Prisma.sql`(
  ep.status = 'paused' OR ep.ordering = 'fifo' OR coalesce(h.breaker_state <> 'closed' OR h.not_before > now(), false)
  OR (ep.max_concurrency IS NOT NULL OR ep.rate_limit IS NOT NULL) AND EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.endpoint_id = ep.id AND d.look_at IS NULL AND d.status IN ('pending', 'retrying')
  )
)`
const SUBSCRIBER = Prisma.sql`
  ep.filter, ${PARKED} AS parked, ep.status = 'paused' AS paused, ep.ordering = 'fifo' AS "inOrder"`
const TAKES_EVENTS = Prisma.sql`deleted_at IS NULL AND status IN ('active', 'paused')`

/** Which of those who subscribe to a type and take the channel: `most` of all, if it is set, or a part of them. */
export type Which = { most: number | null } | { part: 'in order' } | { part: 'next'; after: string; most: number }

/**
 * On `k`. An endpoint without channels takes events of any and of none; one that names channels takes only events of
 * those. Of very many, each part reads the next of the tenant's endpoints in the order of their ids.
 */
function subscribersTo(which: Which): Prisma.Sql {
  const [types, narrowed] = narrowing(which)
  return Prisma.sql`
    SELECT id, filter, status, ordering, max_concurrency, rate_limit FROM endpoints
    WHERE tenant_id = k."tenantId" AND ${TAKES_EVENTS} AND ${types} && k.patterns
      AND (channels = '{}' OR k.channel = ANY (channels)) ${narrowed}`
}

function narrowing(which: Which): [types: Prisma.Sql, narrowed: Prisma.Sql] {
  const types = Prisma.sql`event_types`
  if (!('part' in which)) return [types, Prisma.sql`LIMIT ${which.most}::bigint`]
  if (which.part === 'in order') return [types, Prisma.sql`AND ordering = 'fifo'`]
  // no index serves that: the planner must not look up all subscribers for each part
  const unindexed = Prisma.sql`(event_types || '{}'::text[])`
  return [unindexed, Prisma.sql`AND id > ${which.after}::uuid ORDER BY id LIMIT ${which.most}::bigint`]
}

/**
 * These events with those who subscribe to their types and channels, or are named by them. Disabled and deleted endpoints
 * get nothing. `channel`: as if they had this one.
 */
export async function findEvents(
  db: Statements,
  eventIds: readonly string[],
  which: Which = { most: null },
  channel?: string | null,
): Promise<FoundEvent[]> {
  const { first, last } = idBounds(eventIds)
  const ofChannel = channel === undefined ? Prisma.sql`channel` : Prisma.sql`${channel}::text AS channel`
  const [found] = await db.$queryRaw<
    { events: Omit<FoundEvent, 'subscribers'>[] | null; subscribers: Subscriber[] | null }[]
  >`
    WITH found AS MATERIALIZED (
      SELECT id, tenant_id AS "tenantId", type, ${ofChannel}, endpoint_id AS "endpointId", status, trace,
             deliver_at IS NULL OR deliver_at <= now() AS due, coalesce(expires_at <= now(), false) AS expired
      FROM events
      WHERE id = ANY (${[...eventIds]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid
    ), kinds AS MATERIALIZED (
      SELECT "tenantId", type, channel, ${TYPE_PATTERNS} AS patterns
      FROM (SELECT DISTINCT "tenantId", type, channel FROM found WHERE "endpointId" IS NULL) k
    ), subscribers AS (
      SELECT ep.id, k."tenantId", k.type, k.channel, ${SUBSCRIBER}
      FROM kinds k
      CROSS JOIN LATERAL (${subscribersTo(which)}) ep
      LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = ep.id LIMIT 1) h ON true
      UNION ALL
      SELECT ep.id, ep.tenant_id, NULL, NULL, ${SUBSCRIBER}
      FROM (SELECT DISTINCT "tenantId", "endpointId" FROM found WHERE "endpointId" IS NOT NULL) t
      CROSS JOIN LATERAL (
        SELECT * FROM endpoints WHERE id = t."endpointId" AND tenant_id = t."tenantId" AND ${TAKES_EVENTS} LIMIT 1
      ) ep
      LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = ep.id LIMIT 1) h ON true
    )
    SELECT (SELECT json_agg(found) FROM found) AS events, (SELECT json_agg(s) FROM subscribers s) AS subscribers`
  const subscribers = Map.groupBy(found?.subscribers ?? [], keyOf)
  const of = (event: Omit<FoundEvent, 'subscribers'>): readonly Subscriber[] =>
    event.endpointId === null
      ? (subscribers.get(keyOf(event)) ?? [])
      : (subscribers.get(keyOf({ tenantId: event.tenantId, type: null, channel: null })) ?? [])
          .filter(({ id }) => id === event.endpointId)
          // subscribed or not
          .map((named) => ({ ...named, filter: null }))
  return (found?.events ?? []).map((event) => ({ ...event, subscribers: of(event) }))
}

/** The endpoints that these events go to: of those that subscribe, whose filter holds. */
export async function recipientsOf(db: Statements, events: readonly FoundEvent[]): Promise<Recipient[]> {
  const filtered = events.filter(({ subscribers }) => subscribers.some(({ filter }) => filter !== null))
  const payloads = await loadPayloads(
    db,
    filtered.map(({ id }) => id),
  )
  const recipients: Recipient[] = []
  let since = performance.now()
  for (const event of events) {
    const text = payloads.get(event.id)
    // JSON.parse gives JSON values; publishing refuses what does not parse
    const payload = text === undefined ? undefined : (JSON.parse(text) as JsonValue)
    for (const { id, filter, parked, paused, inOrder } of event.subscribers) {
      if (filter !== null && performance.now() - since > TURN_MS) {
        await nextTurn()
        since = performance.now()
      }
      if (filter !== null && (payload === undefined || !matchesFilter(filter, payload))) continue
      recipients.push({ event, endpointId: id, parked, paused, inOrder })
    }
  }
  return recipients
}

function keyOf({ tenantId, type, channel }: Pick<Subscriber, 'tenantId' | 'type' | 'channel'>): string {
  return JSON.stringify([tenantId, type, channel])
}

async function loadPayloads(db: Statements, eventIds: readonly string[]): Promise<Map<string, string>> {
  if (eventIds.length === 0) return new Map()
  const { first, last } = idBounds(eventIds)
  const rows = await db.$queryRaw<{ id: string; payload: string }[]>`
    SELECT id, payload FROM events
    WHERE id = ANY (${[...eventIds]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid`
  return new Map(rows.map((row) => [row.id, row.payload]))
}
