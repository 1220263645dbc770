import type { Db } from '../db.ts'
import type { Event as EventRow } from '../generated/client.ts'
import { Prisma } from '../generated/client.ts'
import type { EventState } from '../repositories.ts'
import { sliceBy } from './page.ts'
import type { Slice } from './page.ts'

type ProgressRow = Omit<EventRow, 'payload'> & { state: EventState; deliveries: number }

/** Events with what their deliveries have come to; an event's deliveries are a range of the primary key. */
export async function listProgress(
  db: Db,
  tenantId: string,
  { type, state }: { type?: string; state?: EventState },
  slice: Slice,
): Promise<ProgressRow[]> {
  const { bounds, order } = sliceBy(Prisma.sql`e.id`, slice)
  const conditions = [Prisma.sql`e.tenant_id = ${tenantId}::uuid`, ...bounds]
  if (type === undefined) conditions.push(Prisma.sql`NOT starts_with(e.type, 'redrive.')`)
  else conditions.push(Prisma.sql`e.type = ${type}`)
  if (state !== undefined) conditions.push(Prisma.sql`p.state = ${state}`)
  return db.$queryRaw<ProgressRow[]>`
    SELECT
      e.id, e.tenant_id AS "tenantId", e.type, e.channel, e.subject_type AS "subjectType", e.subject_id AS "subjectId",
      e.metadata, e.idempotency_key AS "idempotencyKey", e.source_event_id AS "sourceEventId",
      e.source_number AS "sourceNumber", e.endpoint_id AS "endpointId", e.status, e.look_at AS "lookAt",
      e.created_at AS "createdAt", e.deliver_at AS "deliverAt", e.expires_at AS "expiresAt",
      e.dispatched_at AS "dispatchedAt", p.state, p.deliveries
    FROM events e
    CROSS JOIN LATERAL (
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
        AND d.event_id = e.id
    ) p
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${order} LIMIT ${slice.take}`
}
