import type { DeliveryStatus, RetryPolicy } from '@redrive/core'
import { familyRange, isUuid } from '@redrive/core'
import type { Db, Statements } from '../db.ts'
import type { Prisma } from '../generated/client.ts'
import type { EventFilters, Events } from '../repositories.ts'
import { listProgress } from './event-progress.ts'
import { toEvent } from '../rows/event-row.ts'
import { slice, toPage } from './page.ts'
import { createPublish } from './publish.ts'
import { createRetryEvent } from './retry-event.ts'

const SYSTEM_PREFIX = 'redrive.'
const WITHOUT_PAYLOAD = { payload: true } as const

/** Events of producers, and the system's own, which are listed only where they are asked for. */
export function createEvents(db: Db, batches: Statements, defaultPolicy: RetryPolicy): Events {
  return {
    publish: createPublish(db, batches),

    async get(tenantId, id) {
      if (!isUuid(id)) return null
      const row = await db.event.findFirst({ where: { id, tenantId }, omit: WITHOUT_PAYLOAD })
      return row && toEvent(row)
    },

    async getWithPayload(tenantId, id) {
      if (!isUuid(id)) return null
      const row = await db.event.findFirst({ where: { id, tenantId } })
      if (!row) return null
      const { first, last } = familyRange(id)
      const counts = await db.delivery.groupBy({
        by: ['status'],
        where: { id: { gte: first, lte: last }, eventId: id, tenantId },
        _count: true,
      })
      const deliveries: Partial<Record<DeliveryStatus, number>> = {}
      // a check of the table holds the status to these
      for (const { status, _count } of counts) deliveries[status as DeliveryStatus] = _count
      return { event: toEvent(row), payload: row.payload, deliveries }
    },

    async list(tenantId, filters, page) {
      const { where, orderBy, take } = slice(page, filters)
      const rows = await db.event.findMany({
        where: { ...where, tenantId, ...conditions(filters) },
        orderBy,
        take,
        omit: WITHOUT_PAYLOAD,
      })
      return toPage(rows, page, toEvent)
    },

    retry: createRetryEvent(db, defaultPolicy),

    async findByKey(tenantId, key) {
      const named = await db.idempotencyKey.findUnique({ where: { tenantId_key: { tenantId, key } } })
      const row = named && (await db.event.findFirst({ where: { id: named.eventId, tenantId } }))
      return row && { event: toEvent(row), payload: row.payload }
    },

    async newestPayload(tenantId, subject) {
      const row = await db.event.findFirst({
        where: { tenantId, subjectType: subject.type, subjectId: subject.id },
        orderBy: { id: 'desc' },
        select: { payload: true },
      })
      return row?.payload ?? null
    },

    async listProgress(tenantId, filters, page) {
      const rows = await listProgress(db, tenantId, filters, slice(page))
      return toPage(rows, page, ({ state, deliveries, ...row }) => ({ ...toEvent(row), state, deliveries }))
    },
  }
}

function conditions({ type, typePrefix, channel, subjectType, subjectId }: EventFilters): Prisma.EventWhereInput {
  return {
    ...typeCondition(type, typePrefix),
    ...(channel !== undefined && { channel }),
    ...(subjectType !== undefined && { subjectType }),
    ...(subjectId !== undefined && { subjectId }),
  }
}

function typeCondition(type: string | undefined, prefix: string | undefined): Prisma.EventWhereInput {
  if (type !== undefined) return { type }
  const ownAlone = prefix !== undefined && `${prefix}.`.startsWith(SYSTEM_PREFIX)
  return {
    // `startsWith` is LIKE, to which an underscore is any character
    ...(prefix !== undefined && { type: { startsWith: `${prefix.replaceAll('_', '\\_')}.` } }),
    ...(!ownAlone && { NOT: { type: { startsWith: SYSTEM_PREFIX } } }),
  }
}
