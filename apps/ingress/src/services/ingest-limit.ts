import { createBatcher } from '@redrive/runtime'
import type { Store } from '@redrive/store'

/** The tenant publishes more than its limit: nothing of this event was kept. */
export class TooManyEvents extends Error {
  override readonly name = 'TooManyEvents'
  readonly code = 'TOO_MANY_EVENTS'
  readonly perSecond: number
  readonly remaining: number

  constructor(perSecond: number, remaining: number) {
    super(`more than ${String(perSecond)} events a second`)
    this.perSecond = perSecond
    this.remaining = remaining
  }
}

export interface IngestLimit {
  /** Rejects with `TooManyEvents` if the tenant's bucket is empty. */
  take(tenantId: string): Promise<void>
}

const MAX_BATCH = 500

/** null without a limit, which then costs nothing. One statement takes for all the events in hand, whose ever they are. */
export function createIngestLimit(deps: {
  store: Pick<Store, 'ingest'>
  ingestLimitPerSecond: number
}): IngestLimit | null {
  const { store, ingestLimitPerSecond: perSecond } = deps
  if (perSecond === 0) return null
  const batcher = createBatcher<string, null>({
    maxSize: MAX_BATCH,
    maxConcurrent: 1,
    run: async (tenantIds) => {
      const wanted = [...Map.groupBy(tenantIds, (id) => id)].map(([tenantId, all]) => ({ tenantId, count: all.length }))
      const buckets = await store.ingest.take(wanted, perSecond)
      const left = new Map([...buckets].map(([tenantId, { granted }]) => [tenantId, granted]))
      return tenantIds.map((tenantId) => {
        const granted = left.get(tenantId) ?? 0
        left.set(tenantId, granted - 1)
        return granted > 0 ? null : new TooManyEvents(perSecond, buckets.get(tenantId)?.remaining ?? 0)
      })
    },
  })
  return {
    take: async (tenantId) => {
      await batcher.add(tenantId)
    },
  }
}
