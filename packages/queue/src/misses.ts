import type { Log } from '@redrive/runtime'
import type { NewJob, Producer } from './types.ts'

/** What the jobs that were not taken should have brought. */
export interface Misses {
  eventIds: string[]
  deliveryIds: string[]
}

/**
 * The producer, and whatever it fails to enqueue is told to `tell` (the ledger) before its caller hears of it, so that it
 * is brought as soon as the queue is back. A job that was taken all the same is none too many: its id is the same.
 */
export function tellingMisses<P extends Pick<Producer, 'add'>>(
  producer: P,
  tell: (misses: Misses) => Promise<void>,
  log: Log,
): P {
  return {
    ...producer,
    async add(jobs) {
      try {
        await producer.add(jobs)
      } catch (error) {
        await tell(missesOf(jobs)).catch((reason: unknown) => {
          // then the reconciler finds them a few seconds later
          log.debug('jobs that the queue did not take are not known to the ledger', { jobs: jobs.length, reason })
        })
        throw error
      }
    },
  }
}

function missesOf(jobs: readonly NewJob[]): Misses {
  return {
    eventIds: jobs.flatMap((job) => ('eventIds' in job.payload ? job.payload.eventIds : [])),
    deliveryIds: jobs.flatMap((job) => ('eventIds' in job.payload ? [] : [job.payload.deliveryId])),
  }
}
