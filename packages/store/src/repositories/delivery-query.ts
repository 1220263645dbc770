import { familyRange } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { DeliveryFilters } from '../repositories.ts'
import type { DeliveryRow } from './delivery-row.ts'
import { sliceBy } from './page.ts'
import type { Slice } from './page.ts'

const COLUMNS = Prisma.sql`
  d.id, d.number, d.tenant_id AS "tenantId", d.event_id AS "eventId", d.event_type AS "eventType",
  coalesce(e.callback_of, d.endpoint_id) AS "endpointId", e.url, e.retry_policy AS "retryPolicy", d.status, d.mode,
  d.attempt_count AS "attemptCount", d.policy_attempts AS "policyAttempts", d.next_attempt_at AS "nextAttemptAt",
  d.failure_code AS "failureCode", d.failure_message AS "failureMessage", d.last_started_at AS "lastStartedAt",
  d.last_duration_ms AS "lastDurationMs", d.last_status AS "lastStatus", d.last_error_code AS "lastErrorCode",
  d.last_error_message AS "lastErrorMessage", d.created_at AS "createdAt", d.updated_at AS "updatedAt",
  d.completed_at AS "completedAt"`

export async function findDelivery(db: Db, tenantId: string, id: string): Promise<DeliveryRow | null> {
  const [row] = await db.$queryRaw<DeliveryRow[]>`
    SELECT ${COLUMNS} FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
    WHERE d.id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid`
  return row ?? null
}

/** Numbers have an index, but no partition: each is asked, which is one look into each index. */
export async function findDeliveryByNumber(db: Db, tenantId: string, number: number): Promise<DeliveryRow | null> {
  const [row] = await db.$queryRaw<DeliveryRow[]>`
    SELECT ${COLUMNS} FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
    WHERE d.number = ${BigInt(number)} AND d.tenant_id = ${tenantId}::uuid`
  return row ?? null
}

/** Up to which deliveries are counted: a look that has to stay short whatever a tenant has. */
const COUNT_LIMIT = 100_000

export async function listNumberedPage(
  db: Db,
  tenantId: string,
  { number, size }: { number: number; size: number },
): Promise<{ rows: DeliveryRow[]; count: number; hasMore: boolean }> {
  const mine = Prisma.sql`d.tenant_id = ${tenantId}::uuid AND NOT starts_with(d.event_type, 'redrive.')`
  const [counted] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (SELECT FROM deliveries d WHERE ${mine} LIMIT ${COUNT_LIMIT}) d`
  const rows = await db.$queryRaw<DeliveryRow[]>`
    SELECT ${COLUMNS}
    FROM (
      SELECT * FROM deliveries d WHERE ${mine} ORDER BY d.id DESC LIMIT ${size + 1} OFFSET ${(number - 1) * size}
    ) d JOIN endpoints e ON e.id = d.endpoint_id
    ORDER BY d.id DESC`
  return { rows: rows.slice(0, size), count: counted?.count ?? 0, hasMore: rows.length > size }
}

/** Those of them that are there, oldest first. Of one event, so that they lie in one range. */
export async function findDeliveriesOf(db: Db, eventId: string, ids: readonly string[]): Promise<DeliveryRow[]> {
  return db.$queryRaw<DeliveryRow[]>`
    SELECT ${COLUMNS} FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
    WHERE d.id = ANY (${[...ids]}::uuid[]) AND ${isOfEvent(eventId)}
    ORDER BY d.number`
}

export async function listDeliveries(
  db: Db,
  tenantId: string,
  filters: DeliveryFilters,
  slice: Slice,
): Promise<DeliveryRow[]> {
  const { bounds, order } = sliceBy(Prisma.sql`d.id`, slice)
  const conditions = [Prisma.sql`d.tenant_id = ${tenantId}::uuid`, ...filterConditions(filters), ...bounds]
  return db.$queryRaw<DeliveryRow[]>`
    SELECT ${COLUMNS}
    FROM (
      SELECT * FROM deliveries d WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${order} LIMIT ${slice.take}
    ) d JOIN endpoints e ON e.id = d.endpoint_id
    ORDER BY ${order}`
}

/** Of deliveries `d`. As text, because each state has an index of its own or none, which a plan for any state could not use. */
export const statusIs = {
  pending: Prisma.sql`d.status = 'pending'`,
  delivering: Prisma.sql`d.status = 'delivering'`,
  retrying: Prisma.sql`d.status = 'retrying'`,
  succeeded: Prisma.sql`d.status = 'succeeded'`,
  failed: Prisma.sql`d.status = 'failed'`,
  cancelled: Prisma.sql`d.status = 'cancelled'`,
}

/**
 * What most deliveries have (succeeded, 200, no error) is left out of the indexes for filters. The conditions repeat
 * those indexes' own, because a prepared statement's plan does not know the values that come.
 */
function filterConditions(filters: DeliveryFilters): Prisma.Sql[] {
  const { status, endpointId, eventId, eventType, httpStatus, errorCode } = filters
  const conditions: Prisma.Sql[] = []
  if (status !== undefined) conditions.push(statusIs[status])
  if (endpointId !== undefined) conditions.push(Prisma.sql`d.endpoint_id = ${endpointId}::uuid`)
  if (eventId !== undefined) conditions.push(isOfEvent(eventId))
  if (eventType !== undefined) conditions.push(Prisma.sql`d.event_type = ${eventType}`)
  if (httpStatus === 200) conditions.push(Prisma.sql`d.last_status = 200`)
  else if (httpStatus !== undefined) conditions.push(Prisma.sql`d.last_status = ${httpStatus} AND d.last_status <> 200`)
  if (errorCode !== undefined) conditions.push(Prisma.sql`d.last_error_code = ${errorCode}`)
  return conditions
}

/** An event's deliveries are a range of the primary key, of which one event may share the first bits with another. */
function isOfEvent(eventId: string): Prisma.Sql {
  const { first, last } = familyRange(eventId)
  return Prisma.sql`d.id BETWEEN ${first}::uuid AND ${last}::uuid AND d.event_id = ${eventId}::uuid`
}
