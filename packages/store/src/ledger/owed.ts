import { familyRange } from '@redrive/core'
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

/**
 * Of these deliveries, and those of these events, what is due and no one is sending: their jobs may never have been enqueued.
 * They are found by their ids first (`OFFSET 0` keeps the rest out of that, and their order any index but the primary key's),
 * and not among all that wait, which may be millions.
 */
export async function findOwed(
  db: { $queryRaw<Rows>(strings: TemplateStringsArray, ...values: unknown[]): PromiseLike<Rows> },
  { eventIds, deliveryIds }: { eventIds: readonly string[]; deliveryIds: readonly string[] },
): Promise<DueDelivery[]> {
  if (eventIds.length === 0 && deliveryIds.length === 0) return []
  const ranges = eventIds.map(familyRange)
  const { first, last } = idBounds(deliveryIds)
  return await db.$queryRaw<DueDelivery[]>`
    SELECT ${DUE} FROM (
      SELECT * FROM deliveries
      WHERE id = ANY (${[...deliveryIds]}::uuid[]) AND id BETWEEN ${first}::uuid AND ${last}::uuid
      OFFSET 0
    ) d
    WHERE ${IS_OWED}
    UNION ALL
    SELECT ${DUE} FROM unnest(
      ${[...eventIds]}::uuid[],
      ${ranges.map((range) => range.first)}::uuid[],
      ${ranges.map((range) => range.last)}::uuid[]
    ) AS e(id, first, last)
    CROSS JOIN LATERAL (
      SELECT * FROM deliveries WHERE id BETWEEN e.first AND e.last AND event_id = e.id ORDER BY id OFFSET 0
    ) d
    WHERE ${IS_OWED}
    LIMIT ${MOST}::bigint`
}
