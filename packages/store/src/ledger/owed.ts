import { familyRange } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { DueDelivery } from '../ledger.ts'
import { idBounds } from './statement.ts'

/** More than that is left to the reconciler. */
const MOST = 1_000
const DUE = Prisma.sql`
  d.id AS "deliveryId", d.round, d.tenant_id AS "tenantId", d.endpoint_id AS "endpointId", d.event_type AS "eventType",
  d.next_attempt_at AS "dueAt", d.trigger`
const IS_OWED = Prisma.sql`
  d.status IN ('pending', 'retrying') AND d.look_at IS NOT NULL AND d.next_attempt_at <= now()`

/** Of these deliveries, and those of these events, what is due and no one is sending: their jobs may never have been enqueued. */
export async function findOwed(
  db: Db,
  { eventIds, deliveryIds }: { eventIds: readonly string[]; deliveryIds: readonly string[] },
): Promise<DueDelivery[]> {
  if (eventIds.length === 0 && deliveryIds.length === 0) return []
  const ranges = eventIds.map(familyRange)
  const { first, last } = idBounds(deliveryIds)
  return db.$queryRaw<DueDelivery[]>`
    SELECT ${DUE} FROM deliveries d
    WHERE d.id = ANY (${[...deliveryIds]}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid AND ${IS_OWED}
    UNION ALL
    SELECT ${DUE} FROM unnest(
      ${[...eventIds]}::uuid[],
      ${ranges.map((range) => range.first)}::uuid[],
      ${ranges.map((range) => range.last)}::uuid[]
    ) AS e(id, first, last)
    JOIN deliveries d ON d.id BETWEEN e.first AND e.last AND d.event_id = e.id
    WHERE ${IS_OWED}
    LIMIT ${MOST}::bigint`
}
