import { type Crowding, deliveryJob, type JobHandler, type NewJob, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { DueDelivery, Ledger } from '@redrive/store'
import type { WorkerMetrics } from './metrics.ts'
import { laterIfStoreIsAway } from './store-away.ts'

interface FanOutDeps {
  ledger: Pick<Ledger, 'fanOut'>
  producer: Pick<Producer, 'add'>
  metrics: Pick<WorkerMetrics, 'fannedOut'>
  crowding: Crowding
  log: Log
}

/** Above these, a flood's jobs go behind those of others: ten thousand at once delay nobody else. */
const ENDPOINT_PER_SECOND = 50
const TENANT_PER_SECOND = 500

/** The `publish` handler: makes the deliveries of committed events, and a job for each. */
export function createFanOut({ ledger, producer, metrics, crowding, log }: FanOutDeps): JobHandler<'publish'> {
  const job = (due: DueDelivery): NewJob => {
    const priority = crowding.priorityOf(
      { key: due.endpointId, perSecond: ENDPOINT_PER_SECOND },
      { key: due.tenantId, perSecond: TENANT_PER_SECOND },
    )
    return { ...deliveryJob(due), priority }
  }

  return ({ eventIds }) =>
    laterIfStoreIsAway(async () => {
      const due = await ledger.fanOut(eventIds)
      metrics.fannedOut(eventIds.length, due.length)
      try {
        await producer.add(due.map(job))
      } catch (error) {
        // they are owed in the ledger, and the reconciler enqueues them when the queue takes jobs again
        log.warn('deliveries are left to the reconciler', { deliveries: due.length, error })
      }
      return { kind: 'done' }
    })
}
