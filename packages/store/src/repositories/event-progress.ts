import { familyRange } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Event as EventRow } from '../generated/client.ts'
import { Prisma } from '../generated/client.ts'
import type { EventState } from '../repositories.ts'
import { statusIs } from './delivery-query.ts'
import { sliceBy } from './page.ts'
import type { Slice } from './page.ts'

type ProgressRow = Omit<EventRow, 'payload'> & { state: EventState; deliveries: number }

interface ProgressFilters {
  type?: string
  state?: EventState
}

const COLUMNS = Prisma.sql`
  e.id, e.tenant_id AS "tenantId", e.type, e.channel, e.subject_type AS "subjectType", e.subject_id AS "subjectId",
  e.metadata, e.idempotency_key AS "idempotencyKey", e.source_event_id AS "sourceEventId",
  e.source_number AS "sourceNumber", e.endpoint_id AS "endpointId", e.status, e.look_at AS "lookAt",
  e.created_at AS "createdAt", e.deliver_at AS "deliverAt", e.expires_at AS "expiresAt",
  e.dispatched_at AS "dispatchedAt", p.state, p.deliveries`

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
  WHERE d.id BETWEEN ${familyStart('e.id')} AND ${familyEnd('e.id')} AND d.event_id = e.id`

/** Events with what their deliveries have come to. */
export async function listProgress(
  db: Db,
  tenantId: string,
  filters: ProgressFilters,
  slice: Slice,
): Promise<ProgressRow[]> {
  return db.$queryRaw<ProgressRow[]>(progressQuery(tenantId, filters, slice))
}

/**
 * Few events have failed, are being retried or were cancelled, and one delivery tells: such deliveries have indexes of
 * their own. For these states it goes from one of them to the next of another family and looks at the events there; all
 * others walk the tenant's events.
 */
export function progressQuery(tenantId: string, filters: ProgressFilters, slice: Slice): Prisma.Sql {
  const { state } = filters
  const { bounds, order } = sliceBy(Prisma.sql`e.id`, slice)
  const conditions = [Prisma.sql`e.tenant_id = ${tenantId}::uuid`, ofType('e.type', filters), ...bounds]
  if (state !== undefined) conditions.push(Prisma.sql`p.state = ${state}`)
  const events = (...more: Prisma.Sql[]): Prisma.Sql => Prisma.sql`
    SELECT ${COLUMNS} FROM events e CROSS JOIN LATERAL (${PROGRESS}) p
    WHERE ${Prisma.join([...conditions, ...more], ' AND ')} ORDER BY ${order}`
  if (state === undefined || state === 'pending' || state === 'succeeded') {
    return Prisma.sql`${events()} LIMIT ${slice.take}`
  }
  const ofFamily = events(Prisma.sql`e.id BETWEEN ${familyStart('f.id')} AND ${familyEnd('f.id')}`)
  // the inner limit ends the recursion: rows come as its steps find them, which is in the list's order
  return Prisma.sql`
    WITH RECURSIVE families AS (${families(tenantId, { ...filters, state }, slice)})
    SELECT * FROM (
      SELECT e.* FROM families f CROSS JOIN LATERAL (${ofFamily} OFFSET 0) e LIMIT ${slice.take}
    ) e ORDER BY ${order}`
}

/** One delivery in this status of each family that has any, in the order of the slice. */
function families(
  tenantId: string,
  filters: ProgressFilters & { state: 'failed' | 'retrying' | 'cancelled' },
  slice: Slice,
): Prisma.Sql {
  const { gt, gte, lt } = slice.where.id
  const from = gt ?? gte
  const conditions = [
    Prisma.sql`d.tenant_id = ${tenantId}::uuid`,
    statusIs[filters.state],
    ofType('d.event_type', filters),
    ...(from === undefined ? [] : [Prisma.sql`d.id >= ${familyRange(from).first}::uuid`]),
    ...(lt === undefined ? [] : [Prisma.sql`d.id <= ${familyRange(lt).last}::uuid`]),
  ]
  const { order } = sliceBy(Prisma.sql`d.id`, slice)
  const next = (...more: Prisma.Sql[]): Prisma.Sql => Prisma.sql`
    SELECT d.id FROM deliveries d WHERE ${Prisma.join([...conditions, ...more], ' AND ')} ORDER BY ${order} LIMIT 1`
  const beyond =
    slice.orderBy.id === 'asc' ? Prisma.sql`d.id > ${familyEnd('f.id')}` : Prisma.sql`d.id < ${familyStart('f.id')}`
  return Prisma.sql`(${next()}) UNION ALL SELECT n.id FROM families f CROSS JOIN LATERAL (${next(beyond)}) n`
}

/** The system's own are listed only where they are asked for. */
function ofType(column: string, { type }: ProgressFilters): Prisma.Sql {
  const name = Prisma.raw(column)
  return type === undefined ? Prisma.sql`NOT starts_with(${name}, 'redrive.')` : Prisma.sql`${name} = ${type}`
}

/** `familyRange` in SQL, of the id in this column. */
function familyStart(column: string): Prisma.Sql {
  return Prisma.raw(`(left(${column}::text, 18) || '-8000-000000000000')::uuid`)
}
function familyEnd(column: string): Prisma.Sql {
  return Prisma.raw(`(left(${column}::text, 18) || '-bfff-ffffffffffff')::uuid`)
}
