import type { Attempt, AttemptErrorCode, Timings, Trigger } from '@redrive/core'
import { familyRange, isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Attempt as AttemptRow } from '../generated/client.ts'
import type { Attempts } from '../repositories.ts'
import { readsUpwards, toPage } from './page.ts'

/** The record of requests that were made. Read only: the ledger writes it. */
export function createAttempts(db: Db): Attempts {
  /** A position in the list is an attempt's id, the order is by number. */
  const numberOf = async (deliveryId: string, id: string | undefined): Promise<number | undefined> => {
    if (id === undefined) return undefined
    return (await db.attempt.findFirst({ where: { id, deliveryId }, select: { number: true } }))?.number
  }

  return {
    async get(tenantId, id) {
      if (!isUuid(id)) return null
      const row = await db.attempt.findFirst({ where: { id, tenantId } })
      return row && toAttempt(row)
    },

    async list(tenantId, deliveryId, page) {
      if (!isUuid(deliveryId)) return null
      const delivery = await db.delivery.findFirst({ where: { id: deliveryId, tenantId }, select: { id: true } })
      if (!delivery) return null
      const { first, last } = familyRange(deliveryId)
      const below = await numberOf(deliveryId, page.olderThan)
      const above = await numberOf(deliveryId, page.newerThan)
      const rows = await db.attempt.findMany({
        where: {
          id: { gte: first, lte: last },
          deliveryId,
          tenantId,
          number: { ...(below !== undefined && { lt: below }), ...(above !== undefined && { gt: above }) },
        },
        orderBy: { number: readsUpwards(page) ? 'asc' : 'desc' },
        take: page.limit + 1,
      })
      return toPage(rows, page, toAttempt)
    },

    async listOfEvent(tenantId, eventId, page) {
      const { first, last } = familyRange(eventId)
      const deliveries = await db.delivery.findMany({
        where: { id: { gte: first, lte: last }, eventId, tenantId },
        select: { id: true },
      })
      const position = async (id: string | undefined): Promise<Date | undefined> =>
        id === undefined
          ? undefined
          : (await db.attempt.findFirst({ where: { id, tenantId }, select: { startedAt: true } }))?.startedAt
      const below = await position(page.olderThan)
      const above = await position(page.newerThan)
      const order = readsUpwards(page) ? 'asc' : 'desc'
      const rows = await db.attempt.findMany({
        where: {
          id: { gte: first, lte: last },
          deliveryId: { in: deliveries.map((delivery) => delivery.id) },
          tenantId,
          // two attempts may begin in one millisecond: their ids decide
          ...(below && { OR: [{ startedAt: { lt: below } }, { startedAt: below, id: { lt: page.olderThan ?? '' } }] }),
          ...(above && { OR: [{ startedAt: { gt: above } }, { startedAt: above, id: { gt: page.newerThan ?? '' } }] }),
        },
        orderBy: [{ startedAt: order }, { id: order }],
        take: page.limit + 1,
      })
      return toPage(rows, page, (row) => ({ ...toAttempt(row), endpointId: row.endpointId }))
    },
  }
}

function toAttempt(row: AttemptRow): Attempt {
  // JSON columns, codes and triggers are written by the ledger alone, from values of these types
  return {
    id: row.id,
    deliveryId: row.deliveryId,
    tenantId: row.tenantId,
    number: row.number,
    trigger: row.trigger as Trigger,
    startedAt: row.startedAt,
    durationMs: row.durationMs,
    timings: row.timings as unknown as Timings,
    request: row.request as unknown as Attempt['request'],
    response:
      row.responseStatus === null
        ? null
        : {
            status: row.responseStatus,
            headers: (row.responseHeaders ?? {}) as Record<string, string>,
            body: row.responseBody ?? '',
            bodyTruncated: row.bodyTruncated,
          },
    outcome: row.outcome as Attempt['outcome'],
    error: row.errorCode === null ? null : { code: row.errorCode as AttemptErrorCode, message: row.errorMessage ?? '' },
    decision: row.decision,
    nextAttemptAt: row.nextAttemptAt,
  }
}
