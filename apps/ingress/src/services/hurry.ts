import type { NewJob, Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'

/**
 * Tells the queue what was just committed, without anybody waiting for it. The ledger owes it already: what the queue
 * does not take, the reconciler finds.
 */
export interface Hurry {
  enqueue(jobs: readonly NewJob[]): void
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>
}

/** A queue that hangs must not collect promises without end. */
const MAX_UNDER_WAY = 200

export function createHurry({ producer, log }: { producer: Pick<Producer, 'add'>; log: Log }): Hurry {
  const underWay = new Set<Promise<void>>()
  let left = 0

  function failed(jobs: number, error: unknown): void {
    if (left === 0) log.warn('queue does not take jobs; the reconciler will bring them', { reason: describe(error) })
    left += jobs
  }

  function worked(): void {
    if (left > 0) log.info('queue takes jobs again', { leftToReconciler: left })
    left = 0
  }

  return {
    enqueue(jobs) {
      if (jobs.length === 0) return
      if (underWay.size >= MAX_UNDER_WAY) {
        failed(jobs.length, new Error('too many calls to it are under way'))
        return
      }
      const call = producer.add(jobs).then(worked, (error: unknown) => {
        failed(jobs.length, error)
      })
      underWay.add(call)
      void call.finally(() => underWay.delete(call))
    },
    async close() {
      await Promise.all(underWay)
    },
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
