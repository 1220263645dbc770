import { deliveryJob, type JobHandler, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { Ledger } from '@redrive/store'
import type { WorkerMetrics } from './metrics.ts'
import { laterIfStoreIsAway } from './store-away.ts'

interface FanOutDeps {
  ledger: Pick<Ledger, 'fanOut'>
  producer: Pick<Producer, 'add'>
  metrics: Pick<WorkerMetrics, 'fannedOut'>
  log: Log
}

/** The `publish` handler: makes the deliveries of committed events, and a job for each. */
export function createFanOut({ ledger, producer, metrics, log }: FanOutDeps): JobHandler<'publish'> {
  return ({ eventIds }) =>
    laterIfStoreIsAway(async () => {
      const due = await ledger.fanOut(eventIds)
      metrics.fannedOut(eventIds.length, due.length)
      try {
        await producer.add(due.map(deliveryJob))
      } catch (error) {
        // they are owed in the ledger, and the reconciler enqueues them when the queue takes jobs again
        log.warn('deliveries are left to the reconciler', { deliveries: due.length, error })
      }
      return { kind: 'done' }
    })
}
