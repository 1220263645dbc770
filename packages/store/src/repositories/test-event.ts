import { deliveryId, isUuid } from '@redrive/core'
import type { EndpointStatus } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Endpoints } from '../endpoints.ts'
import { GRACE_SECONDS } from '../ledger/statement.ts'

interface TestRow {
  status: EndpointStatus
  dueAt: Date | null
}

/** Event and delivery in one statement: there is nobody to fan it out to, and somebody is waiting for its attempt. */
export function createTest(db: Db): Endpoints['test'] {
  return async (tenantId, id, event) => {
    if (!isUuid(id)) return null
    const delivery = deliveryId(event.id, id)
    const [row] = await db.$queryRaw<TestRow[]>`
      WITH target AS (
        SELECT id, tenant_id, status FROM endpoints
        WHERE id = ${id}::uuid AND tenant_id = ${tenantId}::uuid AND deleted_at IS NULL AND callback_of IS NULL
      ), published AS (
        INSERT INTO events (id, tenant_id, type, payload, endpoint_id, created_at, status, dispatched_at)
        SELECT ${event.id}::uuid, tenant_id, ${event.type}, ${event.payload}, id, ${event.createdAt.toISOString()}::timestamptz,
               'dispatched', now()
        FROM target WHERE status = 'active'
        RETURNING id
      ), delivery AS (
        INSERT INTO deliveries (
          id, event_id, endpoint_id, tenant_id, event_type, mode, trigger, retried_at, next_attempt_at, look_at, test
        )
        SELECT ${delivery}::uuid, p.id, t.id, t.tenant_id, ${event.type}, 'once', 'manual', now(), now(),
               now() + make_interval(secs => ${GRACE_SECONDS}), true
        FROM published p CROSS JOIN target t
        RETURNING next_attempt_at
      )
      SELECT t.status, d.next_attempt_at AS "dueAt" FROM target t LEFT JOIN delivery d ON true`
    if (!row) return null
    if (row.dueAt === null) return { conflict: row.status }
    return {
      due: {
        deliveryId: delivery,
        round: 0,
        tenantId,
        endpointId: id,
        eventType: event.type,
        dueAt: row.dueAt,
        trigger: 'manual',
      },
    }
  }
}
