import type { DeliveryStatus } from '@redrive/core'
import { firstIdAt, isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Endpoints, EndpointStats } from '../endpoints.ts'

interface StatsRow {
  counts: Partial<Record<DeliveryStatus, number>> | null
  attempts: number
  percentiles: [number, number, number] | null
}

/** One range of the index on endpoint and id: deliveries that were made in the period, as they are now. */
export function createStats(db: Db): Endpoints['stats'] {
  return async (tenantId, id, { since, until }): Promise<EndpointStats | null> => {
    if (!isUuid(id)) return null
    const endpoint = await db.endpoint.findFirst({
      where: { id, tenantId, deletedAt: null, callbackOf: null },
      select: { id: true },
    })
    if (!endpoint) return null
    const [row] = await db.$queryRaw<StatsRow[]>`
      WITH made AS MATERIALIZED (
        SELECT status, attempt_count, last_duration_ms, last_status FROM deliveries
        WHERE endpoint_id = ${id}::uuid AND id >= ${firstIdAt(since.getTime())}::uuid
          AND id < ${firstIdAt(until.getTime())}::uuid AND NOT test
      )
      SELECT
        (SELECT json_object_agg(status, n) FROM (SELECT status, count(*)::int AS n FROM made GROUP BY status) s) AS counts,
        coalesce(sum(attempt_count), 0)::int AS attempts,
        percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY last_duration_ms)
          FILTER (WHERE last_status IS NOT NULL) AS percentiles
      FROM made`
    const deliveries = row?.counts ?? {}
    const { succeeded = 0, failed = 0 } = deliveries
    const [p50, p95, p99] = row?.percentiles ?? []
    return {
      deliveries,
      attempts: row?.attempts ?? 0,
      successRate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed),
      latencyMs: { p50: p50 ?? null, p95: p95 ?? null, p99: p99 ?? null },
    }
  }
}
