import { type DeliveryStatus, familyRange } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Event as EventRow } from '../generated/client.ts'
import { Prisma } from '../generated/client.ts'
import type { EventState } from '../repositories.ts'
import { sliceBy } from './page.ts'
import type { Slice } from './page.ts'

type ProgressRow = Omit<EventRow, 'payload'> & { state: EventState; deliveries: number }

interface ProgressFilters {
  type?: string
  state?: EventState
}

/** States that few events are in, and that one delivery of an event tells; such deliveries have indexes of their own. */
const TOLD_BY: Partial<Record<EventState, DeliveryStatus>> = {
  failed: 'failed',
  retrying: 'retrying',
  cancelled: 'cancelled',
}

/** What the deliveries of the event `e` have come to; they are a range of the primary key. */
const PROGRESS = Prisma.sql`
  SELECT
    CASE
      WHEN bool_or(d.status = 'failed') THEN 'failed'
      WHEN bool_or(d.status = 'retrying') THEN 'retrying'
      -- one that is pending may have some of its deliveries already
      WHEN e.status = 'pending' OR coalesce(bool_or(d.status IN ('pending', 'delivering')), true) THEN 'pending'
      WHEN bool_or(d.status = 'cancelled') THEN 'cancelled'
      ELSE 'succeeded'
    END AS state,
    count(d.id)::int AS deliveries
  FROM deliveries d
  WHERE d.id BETWEEN (substr(e.id::text, 1, 18) || '-8000-000000000000')::uuid
                 AND (substr(e.id::text, 1, 18) || '-bfff-ffffffffffff')::uuid
    AND d.event_id = e.id`

/** Events with what their deliveries have come to. */
export async function listProgress(
  db: Db,
  tenantId: string,
  filters: ProgressFilters,
  slice: Slice,
): Promise<ProgressRow[]> {
  const { state } = filters
  const told = state && TOLD_BY[state]
  const { bounds, order } = sliceBy(Prisma.sql`e.id`, slice)
  const conditions = [Prisma.sql`e.tenant_id = ${tenantId}::uuid`, ofType(Prisma.sql`e.type`, filters), ...bounds]
  if (state !== undefined) conditions.push(Prisma.sql`p.state = ${state}`)
  if (told !== undefined) {
    const ids = await eventsWith(db, tenantId, told, filters, slice)
    conditions.push(Prisma.sql`e.id = ANY(${ids}::uuid[])`)
  }
  return db.$queryRaw<ProgressRow[]>`
    SELECT
      e.id, e.tenant_id AS "tenantId", e.type, e.channel, e.subject_type AS "subjectType", e.subject_id AS "subjectId",
      e.metadata, e.idempotency_key AS "idempotencyKey", e.source_event_id AS "sourceEventId",
      e.source_number AS "sourceNumber", e.endpoint_id AS "endpointId", e.status, e.look_at AS "lookAt",
      e.created_at AS "createdAt", e.deliver_at AS "deliverAt", e.expires_at AS "expiresAt",
      e.dispatched_at AS "dispatchedAt", p.state, p.deliveries
    FROM events e
    CROSS JOIN LATERAL (${PROGRESS}) p
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${order} LIMIT ${slice.take}`
}

/**
 * The events in this state that a slice begins with, found by deliveries in this status and not by walking all events. Ids
 * of deliveries are in the order of their events' but for those of one family, which may come the other way round; so
 * the last one's family is looked at as a whole.
 */
async function eventsWith(
  db: Db,
  tenantId: string,
  status: DeliveryStatus,
  filters: ProgressFilters,
  slice: Slice,
): Promise<string[]> {
  const { gt, lt } = slice.where.id
  const isUpwards = slice.orderBy.id === 'asc'
  const conditions = [
    Prisma.sql`c.tenant_id = ${tenantId}::uuid AND c.status = ${status} AND p.state = ${filters.state}`,
    ofType(Prisma.sql`c.event_type`, filters),
    ...sliceBy(Prisma.sql`c.event_id`, slice).bounds,
    ...(gt === undefined ? [] : [Prisma.sql`c.id >= ${familyRange(gt).first}::uuid`]),
    ...(lt === undefined ? [] : [Prisma.sql`c.id <= ${familyRange(lt).last}::uuid`]),
  ]
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT c.event_id AS id
    FROM deliveries c
    JOIN events e ON e.id = c.event_id
    CROSS JOIN LATERAL (${PROGRESS}) p
    WHERE ${Prisma.join(conditions, ' AND ')}
      -- once for each event; a subquery that can't become a join, which would read all before the first
      AND (SELECT o.id FROM deliveries o
           WHERE o.id ${isUpwards ? Prisma.sql`<` : Prisma.sql`>`} c.id AND o.event_id = c.event_id AND o.status = c.status
             AND o.id BETWEEN (substr(c.event_id::text, 1, 18) || '-8000-000000000000')::uuid
                          AND (substr(c.event_id::text, 1, 18) || '-bfff-ffffffffffff')::uuid
           LIMIT 1) IS NULL
    ORDER BY c.id ${isUpwards ? Prisma.sql`ASC` : Prisma.sql`DESC`} LIMIT ${slice.take}`
  const ids = rows.map(({ id }) => id)
  const last = ids.at(-1)
  if (last === undefined || ids.length < slice.take) return ids
  const family = familyRange(last)
  const others = await db.event.findMany({
    where: { tenantId, id: { gte: family.first, lte: family.last } },
    select: { id: true },
  })
  return [...ids, ...others.map(({ id }) => id)]
}

/** The system's own are listed only where they are asked for. */
function ofType(column: Prisma.Sql, { type }: ProgressFilters): Prisma.Sql {
  return type === undefined ? Prisma.sql`NOT starts_with(${column}, 'redrive.')` : Prisma.sql`${column} = ${type}`
}
