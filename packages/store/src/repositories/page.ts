import { firstIdAt } from '@redrive/core'
import { Prisma } from '../generated/client.ts'
import type { Page, PageRequest } from '../repositories.ts'

/** Where a list is read: bounds of the id, and one row more than asked for, to know whether the list goes on. */
export interface Slice {
  where: { id: { gt?: string; gte?: string; lt?: string } }
  orderBy: { id: 'asc' | 'desc' }
  take: number
}

/**
 * Keyset pagination by id, which is a time too: rows that are added never shift a page. `since` (inclusive) and
 * `until` (exclusive) become bounds of the id, which also spares the partitions outside of them.
 */
export function slice(page: PageRequest, period: { since?: Date; until?: Date } = {}): Slice {
  const id: Slice['where']['id'] = {}
  if (page.newerThan !== undefined) id.gt = page.newerThan
  if (period.since) id.gte = firstIdAt(period.since.getTime())
  const untilId = period.until && firstIdAt(period.until.getTime())
  const upper = [page.olderThan?.toLowerCase(), untilId].filter((bound) => bound !== undefined).sort()[0]
  if (upper !== undefined) id.lt = upper
  return { where: { id }, orderBy: { id: readsUpwards(page) ? 'asc' : 'desc' }, take: page.limit + 1 }
}

/** A slice in SQL, by this column. */
export function sliceBy(id: Prisma.Sql, { where, orderBy }: Slice): { bounds: Prisma.Sql[]; order: Prisma.Sql } {
  const { gt, gte, lt } = where.id
  const bounds: Prisma.Sql[] = []
  if (gt !== undefined) bounds.push(Prisma.sql`${id} > ${gt}::uuid`)
  if (gte !== undefined) bounds.push(Prisma.sql`${id} >= ${gte}::uuid`)
  if (lt !== undefined) bounds.push(Prisma.sql`${id} < ${lt}::uuid`)
  return { bounds, order: orderBy.id === 'asc' ? Prisma.sql`${id} ASC` : Prisma.sql`${id} DESC` }
}

/** The page that the rows of a `slice` make, newest first. */
export function toPage<Row, T>(rows: readonly Row[], page: PageRequest, map: (row: Row) => T): Page<T> {
  const more = rows.length > page.limit
  const data = rows.slice(0, page.limit).map(map)
  if (readsUpwards(page)) return { data: data.reverse(), hasOlder: true, hasNewer: more }
  return { data, hasOlder: more, hasNewer: page.olderThan !== undefined }
}

/** The page just above a position is read from that position on. */
export function readsUpwards(page: PageRequest): boolean {
  return page.newerThan !== undefined && page.olderThan === undefined
}
