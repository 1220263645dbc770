import type { BulkRetryRequest } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { findSubscription, isInReach, isMatch, isMissing, isPast } from './bulk-match.ts'

/** A count goes on page after page, none of which takes long, for so long in all. */
export interface CountLimits {
  pageSize: number
  ms: number
}
export const COUNT_LIMITS: CountLimits = { pageSize: 20_000, ms: 4_000 }

export interface Count {
  matched: number
  /** there may be more: the time for counting was over */
  more: boolean
}

/** How many deliveries, or of `onlyMissing` events, a bulk retry would be about. */
export async function countMatching(
  db: Db,
  tenantId: string,
  request: BulkRetryRequest,
  limits: CountLimits,
): Promise<Count> {
  const rowsAfter = await matching(db, tenantId, request)
  if (rowsAfter === null) return { matched: 0, more: false }
  const startedAt = performance.now()
  let matched = 0
  for (let cursor: string | null = null; ;) {
    const page: CountedPage = await countPage(db, rowsAfter(cursor), limits.pageSize)
    matched += page.matched
    if (page.seen < limits.pageSize || page.last === null) return { matched, more: false }
    if (performance.now() - startedAt >= limits.ms) return { matched, more: true }
    cursor = page.last
  }
}

/** A query for ids, and whether they match, from a cursor on; null: there can be none. */
async function matching(
  db: Db,
  tenantId: string,
  { filter, onlyMissing }: BulkRetryRequest,
): Promise<((cursor: string | null) => Prisma.Sql) | null> {
  const after = (id: Prisma.Sql, cursor: string | null) =>
    cursor === null ? Prisma.empty : Prisma.sql`AND ${id} > ${cursor}::uuid`
  if (!onlyMissing) {
    return (cursor) => Prisma.sql`
      SELECT d.id, ${isMatch(tenantId, filter)} AS matches FROM deliveries d
      WHERE ${isInReach(tenantId, filter)} ${after(Prisma.sql`d.id`, cursor)} ORDER BY d.id`
  }
  const subscription = filter.endpointId === null ? null : await findSubscription(db, filter.endpointId)
  if (subscription === null) return null
  return (cursor) => Prisma.sql`
    SELECT ev.id, ${isMissing(subscription)} AS matches FROM events ev
    WHERE ${isPast(tenantId, filter)} ${after(Prisma.sql`ev.id`, cursor)} ORDER BY ev.id`
}

interface CountedPage {
  seen: number
  matched: number
  last: string | null
}

async function countPage(db: Db, rows: Prisma.Sql, pageSize: number): Promise<CountedPage> {
  const [page] = await db.$queryRaw<CountedPage[]>`
    WITH page AS MATERIALIZED (${rows} LIMIT ${pageSize})
    SELECT count(*)::int AS seen, (count(*) FILTER (WHERE matches))::int AS matched,
           (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last
    FROM page`
  return page ?? { seen: 0, matched: 0, last: null }
}
