import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import type { Ingest } from '../repositories.ts'

/**
 * Token buckets that all ingresses share: one statement takes for all the requests that an ingress has in hand. A bucket
 * holds one second's worth, and at least one.
 */
export function createIngest(db: Db): Ingest {
  return {
    async take(wanted, perSecond) {
      const sorted = [...wanted].sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1))
      const rows = await db.$queryRaw<{ tenantId: string; granted: number; remaining: number }[]>`
        INSERT INTO ingest_buckets AS b (tenant_id, tokens, granted, filled_at)
        SELECT tenant_id, ${perSecond}::float8 - least(count, ${perSecond}), least(count, ${perSecond}), clock_timestamp()
        FROM unnest(
          ${sorted.map((entry) => entry.tenantId)}::uuid[], ${sorted.map((entry) => entry.count)}::int[]
        ) AS w(tenant_id, count)
        ON CONFLICT (tenant_id) DO UPDATE SET
          granted = least(excluded.granted, floor(${level(perSecond)}))::int,
          tokens = ${level(perSecond)} - least(excluded.granted, floor(${level(perSecond)})),
          filled_at = greatest(b.filled_at, excluded.filled_at)
        RETURNING tenant_id AS "tenantId", granted, floor(tokens)::int AS remaining`
      return new Map(rows.map(({ tenantId, granted, remaining }) => [tenantId, { granted, remaining }]))
    },
  }
}

/** What is in the bucket by now: another ingress may have filled it after this statement began. */
function level(perSecond: number): Prisma.Sql {
  return Prisma.sql`least(
    ${perSecond}::float8,
    b.tokens + ${perSecond} * greatest(0, extract(epoch FROM excluded.filled_at - b.filled_at)::float8)
  )`
}
