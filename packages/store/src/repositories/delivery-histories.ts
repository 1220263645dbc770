import type { Delivery } from '@redrive/core'
import { attemptId, familyRange } from '@redrive/core'
import type { Db } from '../db.ts'
import type { DeliveryHistory } from '../repositories.ts'
import { toEvent } from '../rows/event-row.ts'

interface AttemptTimes {
  deliveryId: string
  attemptedAt: Date[] | null
}

/** In three statements, however many deliveries: their events, the times of their attempts, and the last answers. */
export async function findHistories(
  db: Db,
  tenantId: string,
  deliveries: readonly Delivery[],
): Promise<Map<string, DeliveryHistory>> {
  const events = await db.event.findMany({ where: { id: { in: deliveries.map((row) => row.eventId) }, tenantId } })
  const times = await attemptTimes(db, deliveries)
  const last = await db.attempt.findMany({
    where: { id: { in: deliveries.map((row) => attemptId(row.id, row.attemptCount)) }, tenantId },
    select: { deliveryId: true, responseStatus: true, responseBody: true },
  })
  const eventOf = new Map(events.map((row) => [row.id, row]))
  const timesOf = new Map(times.map((row) => [row.deliveryId, row.attemptedAt ?? []]))
  const lastOf = new Map(last.map((row) => [row.deliveryId, row]))
  const histories = deliveries.flatMap((delivery): [string, DeliveryHistory][] => {
    const event = eventOf.get(delivery.eventId)
    const answer = lastOf.get(delivery.id)
    if (event === undefined) return []
    const response =
      answer === undefined || answer.responseStatus === null
        ? null
        : { status: answer.responseStatus, body: answer.responseBody ?? '' }
    return [
      [
        delivery.id,
        { event: toEvent(event), payload: event.payload, attemptedAt: timesOf.get(delivery.id) ?? [], response },
      ],
    ]
  })
  return new Map(histories)
}

/** A delivery's attempts are a range of the primary key. */
function attemptTimes(db: Db, deliveries: readonly Delivery[]): Promise<AttemptTimes[]> {
  const ranges = deliveries.map((delivery) => familyRange(delivery.id))
  return db.$queryRaw<AttemptTimes[]>`
    SELECT d.id AS "deliveryId", t.times AS "attemptedAt"
    FROM unnest(
      ${deliveries.map((delivery) => delivery.id)}::uuid[],
      ${ranges.map((range) => range.first)}::uuid[],
      ${ranges.map((range) => range.last)}::uuid[]
    ) AS d(id, first, last)
    CROSS JOIN LATERAL (
      SELECT array_agg(a.started_at ORDER BY a.number) AS times FROM attempts a
      WHERE a.id BETWEEN d.first AND d.last AND a.delivery_id = d.id
    ) t`
}
