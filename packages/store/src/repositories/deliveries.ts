import type { Delivery, RetryPolicy } from '@redrive/core'
import { isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Deliveries } from '../repositories.ts'
import { createCancel } from './cancel-delivery.ts'
import { findHistories } from './delivery-histories.ts'
import { findDelivery, findDeliveryByNumber, listDeliveries, listNumberedPage } from './delivery-query.ts'
import { toDelivery } from './delivery-row.ts'
import { slice, toPage } from './page.ts'
import { createRetry } from './retry-delivery.ts'

/** `defaultPolicy`: the installation's, for endpoints that have none of their own. */
export function createDeliveries(db: Db, defaultPolicy: RetryPolicy): Deliveries {
  const get = async (tenantId: string, id: string): Promise<Delivery | null> => {
    const row = isUuid(id) ? await findDelivery(db, tenantId, id) : null
    return row && toDelivery(row, defaultPolicy)
  }
  return {
    get,

    async getByNumber(tenantId, number) {
      const row = await findDeliveryByNumber(db, tenantId, number)
      return row && toDelivery(row, defaultPolicy)
    },

    async listNumbered(tenantId, page) {
      const { rows, count, hasMore } = await listNumberedPage(db, tenantId, page)
      return { data: rows.map((row) => toDelivery(row, defaultPolicy)), count, hasMore }
    },

    histories: (tenantId, deliveries) => findHistories(db, tenantId, deliveries),

    async list(tenantId, filters, page) {
      const rows = await listDeliveries(db, tenantId, filters, slice(page, filters))
      return toPage(rows, page, (row) => toDelivery(row, defaultPolicy))
    },

    retry: createRetry(db, get),
    cancel: createCancel(db, get),
  }
}
