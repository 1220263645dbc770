import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { idConditions } from './page.ts'
import type { Slice } from './page.ts'

/** A tenant with more types has them not looked at one by one. */
const MOST_TYPES = 200

/**
 * The ids of a page of events whose types are below a prefix, read type by type from the index of types. So a prefix that
 * few have is found without reading past everything else, and one that many have is not sorted. null: the tenant has too
 * many types for that.
 */
export async function idsBelow(db: Db, tenantId: string, prefix: string, slice: Slice): Promise<string[] | null> {
  const all = await typesOf(db, tenantId)
  if (all.length > MOST_TYPES) return null
  const types = all.filter((type) => type.startsWith(prefix))
  const order = slice.orderBy.id === 'asc' ? Prisma.sql`ASC` : Prisma.sql`DESC`
  const conditions = Prisma.join([Prisma.sql`tenant_id = ${tenantId}::uuid`, ...idConditions(slice)], ' AND ')
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT e.id FROM unnest(${types}::text[]) AS t(type)
    CROSS JOIN LATERAL (
      SELECT id FROM events WHERE type = t.type AND ${conditions} ORDER BY id ${order} LIMIT ${slice.take}
    ) e
    ORDER BY e.id ${order} LIMIT ${slice.take}`
  return rows.map(({ id }) => id)
}

/** From one to the next: a step is a look-up in each partition, however many events there are. */
async function typesOf(db: Db, tenantId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ type: string }[]>`
    WITH RECURSIVE types AS (
      (SELECT type, 1 AS n FROM events WHERE tenant_id = ${tenantId}::uuid ORDER BY type LIMIT 1)
      UNION ALL
      SELECT next.type, n + 1 FROM types CROSS JOIN LATERAL (
        SELECT type FROM events WHERE tenant_id = ${tenantId}::uuid AND type > types.type ORDER BY type LIMIT 1
      ) next
      WHERE n <= ${MOST_TYPES}
    )
    SELECT type FROM types`
  return rows.map(({ type }) => type)
}
