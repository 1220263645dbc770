import type { Clock, Delivery, RetryPolicy } from '@redrive/core'
import { familyRange, isUuid, systemClock } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Delivery as DeliveryRow, Prisma } from '../generated/client.ts'
import type { Deliveries, DeliveryFilters } from '../repositories.ts'
import { toDelivery } from './delivery-row.ts'
import { slice, toPage } from './page.ts'
import { createRetry } from './retry-delivery.ts'

/** `defaultPolicy`: the installation's, for endpoints that have none of their own. */
export function createDeliveries(db: Db, defaultPolicy: RetryPolicy, clock: Clock = systemClock): Deliveries {
  const show = async (rows: readonly DeliveryRow[]): Promise<Delivery[]> => {
    const endpointIds = [...new Set(rows.map((row) => row.endpointId))]
    const endpoints = await db.endpoint.findMany({
      where: { id: { in: endpointIds } },
      select: { id: true, url: true, retryPolicy: true },
    })
    const endpointOf = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]))
    return rows.map((row) => toDelivery(row, endpointOf.get(row.endpointId), defaultPolicy))
  }
  const get = async (tenantId: string, id: string): Promise<Delivery | null> => {
    if (!isUuid(id)) return null
    const row = await db.delivery.findFirst({ where: { id, tenantId } })
    return row && ((await show([row]))[0] ?? null)
  }

  return {
    get,

    async list(tenantId, filters, page) {
      const { where, orderBy, take } = slice(page, filters)
      const rows = await db.delivery.findMany({
        where: { AND: [{ ...where, tenantId }, conditions(filters)] },
        orderBy,
        take,
      })
      const { data, ...ends } = toPage(rows, page, (row) => row)
      return { data: await show(data), ...ends }
    },

    retry: createRetry(db, get, clock),
  }
}

/** An event's deliveries are a range of the primary key, of which one event may share the first bits with another. */
function conditions(filters: DeliveryFilters): Prisma.DeliveryWhereInput {
  const { status, endpointId, eventId, eventType, httpStatus, errorCode } = filters
  const family = eventId === undefined ? undefined : familyRange(eventId)
  return {
    ...(status !== undefined && { status }),
    ...(endpointId !== undefined && { endpointId }),
    ...(family && { eventId, id: { gte: family.first, lte: family.last } }),
    ...(eventType !== undefined && { eventType }),
    ...(httpStatus !== undefined && { lastStatus: httpStatus }),
    ...(errorCode !== undefined && { lastErrorCode: errorCode }),
  }
}
