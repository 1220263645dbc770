import type { Log } from '@redrive/runtime'
import type { NewJob, Producer } from './types.ts'

/** What the ledger has to know of its jobs. */
export interface LedgerNews {
  /** The queue did not take jobs that should have brought these. */
  unbrought(ids: { eventIds: string[]; deliveryIds: string[] }): Promise<void>
  /** It did take these, in the lane of floods, where they wait for long. */
  mayWait(eventIds: string[]): Promise<void>
}

/**
 * The producer, and whatever it fails to enqueue is told to the ledger before its caller hears of it, so that it is
 * brought as soon as the queue is back. A job that was taken all the same is none too many: its id is the same. What
 * waits among a flood is told too, so that nobody brings it again meanwhile.
 */
export function tellingLedger<P extends Pick<Producer, 'add'>>(producer: P, ledger: LedgerNews, log: Log): P {
  async function tell(jobs: readonly NewJob[], news: Promise<void>): Promise<void> {
    await news.catch((reason: unknown) => {
      // then the reconciler looks for them a few seconds later, or in vain
      log.debug('the ledger does not know what became of jobs', { jobs: jobs.length, reason })
    })
  }

  return {
    ...producer,
    async add(jobs) {
      try {
        await producer.add(jobs)
      } catch (error) {
        const deliveryIds = jobs.flatMap((job) => ('eventIds' in job.payload ? [] : [job.payload.deliveryId]))
        await tell(jobs, ledger.unbrought({ eventIds: eventIdsOf(jobs), deliveryIds }))
        throw error
      }
      const inFloods = eventIdsOf(jobs.filter((job) => job.name === 'publish-slow'))
      if (inFloods.length > 0) await tell(jobs, ledger.mayWait(inFloods))
    },
  }
}

function eventIdsOf(jobs: readonly NewJob[]): string[] {
  return jobs.flatMap((job) => ('eventIds' in job.payload ? job.payload.eventIds : []))
}
