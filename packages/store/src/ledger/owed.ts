import { familyRange } from '@redrive/core'
import type { Db } from '../db.ts'
import type { DueDelivery } from '../ledger.ts'

/** The deliveries of these events that are due and that no one is sending: their jobs may never have been enqueued. */
export async function findOwed(db: Db, eventIds: readonly string[]): Promise<DueDelivery[]> {
  if (eventIds.length === 0) return []
  const ranges = eventIds.map(familyRange)
  return db.$queryRaw<DueDelivery[]>`
    SELECT d.id AS "deliveryId", d.round, d.tenant_id AS "tenantId", d.endpoint_id AS "endpointId",
           d.event_type AS "eventType", d.next_attempt_at AS "dueAt", d.trigger
    FROM unnest(
      ${[...eventIds]}::uuid[],
      ${ranges.map((range) => range.first)}::uuid[],
      ${ranges.map((range) => range.last)}::uuid[]
    ) AS e(id, first, last)
    JOIN deliveries d ON d.id BETWEEN e.first AND e.last AND d.event_id = e.id
    WHERE d.status IN ('pending', 'retrying') AND d.look_at IS NOT NULL AND d.next_attempt_at <= now()`
}
