import type { Delivery } from '@redrive/core'
import { isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import type { CancelAnswer, Deliveries } from '../repositories.ts'

/** A delivery can change state between being refused and being looked at; that often in a row it does not. */
const MAX_TRIES = 5

/** Ends what waits in one conditional update; what is being sent is marked, and the record of its attempt heeds that. */
export function createCancel(
  db: Db,
  get: (tenantId: string, id: string) => Promise<Delivery | null>,
): Deliveries['cancel'] {
  return async (tenantId, id): Promise<CancelAnswer> => {
    if (!isUuid(id)) return { kind: 'unknown' }
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const changed = await cancel(db, tenantId, id)
      const delivery = await get(tenantId, id)
      if (delivery === null) return { kind: 'unknown' }
      if (changed > 0) return { kind: 'cancelled', delivery }
      const { status } = delivery
      if (status === 'succeeded' || status === 'failed' || status === 'cancelled') return { kind: 'conflict', status }
    }
    throw new Error('the delivery changes faster than it can be cancelled')
  }
}

async function cancel(db: Db, tenantId: string, id: string): Promise<number> {
  return db.$executeRaw`
    UPDATE deliveries d SET
      cancel_asked = d.status = 'delivering',
      status = CASE d.status WHEN 'delivering' THEN d.status ELSE 'cancelled' END,
      look_at = CASE d.status WHEN 'delivering' THEN d.look_at END,
      completed_at = CASE WHEN d.status <> 'delivering' THEN now() END,
      next_attempt_at = NULL, failure_code = NULL, failure_message = NULL, updated_at = now()
    WHERE d.id = ${id}::uuid AND d.tenant_id = ${tenantId}::uuid AND d.status IN ('pending', 'retrying', 'delivering')`
}
