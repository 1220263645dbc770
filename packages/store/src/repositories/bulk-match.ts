import type { BulkRetryFilter } from '@redrive/core'
import { ATTEMPT_ERROR_CODES, firstIdAt } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'

/**
 * The condition on a `d`elivery. The status is part of the text, as in the partial indexes; an error is the last
 * attempt's, or what ended the delivery without one.
 */
export function isMatch(tenantId: string, filter: BulkRetryFilter): Prisma.Sql {
  const { status, eventType, errorCode } = filter
  const conditions = [isInReach(tenantId, filter), Prisma.sql`NOT d.test`]
  if (status !== 'failed') conditions.push(Prisma.sql`d.status = ${status}`)
  if (eventType !== null) conditions.push(Prisma.sql`d.event_type = ${eventType}`)
  if (errorCode !== null) {
    const isOfAttempts = ATTEMPT_ERROR_CODES.some((code) => code === errorCode)
    conditions.push(
      isOfAttempts ? Prisma.sql`d.last_error_code = ${errorCode}` : Prisma.sql`d.failure_code = ${errorCode}`,
    )
  }
  return Prisma.join(conditions, ' AND ')
}

/**
 * Of `isMatch` the part that one index holds together, so that a scan by it, a bounded number at a time, goes on from a
 * cursor however few of them match the rest.
 */
export function isInReach(tenantId: string, filter: BulkRetryFilter): Prisma.Sql {
  const { endpointId, status } = filter
  const conditions = [Prisma.sql`d.tenant_id = ${tenantId}::uuid`, ...period(Prisma.sql`d.id`, filter)]
  if (status === 'failed') conditions.push(Prisma.sql`d.status = 'failed'`)
  if (endpointId !== null) conditions.push(Prisma.sql`d.endpoint_id = ${endpointId}::uuid`)
  return Prisma.join(conditions, ' AND ')
}

/** The condition on an `ev`ent that lies in the filter's past; by the primary key, so that a scan can go on from a cursor. */
export function isPast(tenantId: string, filter: BulkRetryFilter): Prisma.Sql {
  const conditions = [Prisma.sql`ev.tenant_id = ${tenantId}::uuid`, ...period(Prisma.sql`ev.id`, filter)]
  if (filter.eventType !== null) conditions.push(Prisma.sql`ev.type = ${filter.eventType}`)
  return Prisma.join(conditions, ' AND ')
}

export interface Subscription {
  endpointId: string
  eventTypes: string[]
  channels: string[]
}

export async function findSubscription(db: Db, endpointId: string): Promise<Subscription | null> {
  const row = await db.endpoint.findFirst({
    where: { id: endpointId, deletedAt: null },
    select: { eventTypes: true, channels: true },
  })
  return row && { endpointId, ...row }
}

/**
 * The condition on an `ev`ent that would go to the endpoint, but for its filter on payloads, and has no delivery to it:
 * fan-out's rule (`TYPE_PATTERNS`, and channels as in `subscribersTo`) read from the endpoint's side.
 */
export function isMissing({ endpointId, eventTypes, channels }: Subscription): Prisma.Sql {
  const prefixes = eventTypes.filter((pattern) => pattern.endsWith('.*')).map((pattern) => pattern.slice(0, -1))
  const takesAll = eventTypes.includes('*')
  return Prisma.sql`
    ev.status = 'dispatched' AND ev.endpoint_id IS NULL AND (ev.expires_at IS NULL OR ev.expires_at > now())
    AND (
      ev.type = ANY (${eventTypes}::text[])
      OR EXISTS (SELECT 1 FROM unnest(${prefixes}::text[]) AS p(prefix) WHERE starts_with(ev.type, p.prefix))
      OR ${takesAll} AND NOT starts_with(ev.type, 'redrive.')
    )
    AND (${channels.length === 0} OR ev.channel = ANY (${channels}::text[]))
    AND NOT EXISTS (
      SELECT 1 FROM deliveries d
      WHERE d.event_id = ev.id AND d.endpoint_id = ${endpointId}::uuid
        AND d.id BETWEEN (left(ev.id::text, 18) || '-8000-000000000000')::uuid
          AND (left(ev.id::text, 18) || '-bfff-ffffffffffff')::uuid
      -- a look-up for each event: not a join with all that the endpoint has got
      OFFSET 0
    )`
}

function period(id: Prisma.Sql, { since, until }: BulkRetryFilter): Prisma.Sql[] {
  return [
    ...(since === null ? [] : [Prisma.sql`${id} >= ${firstIdAt(since.getTime())}::uuid`]),
    ...(until === null ? [] : [Prisma.sql`${id} < ${firstIdAt(until.getTime())}::uuid`]),
  ]
}
