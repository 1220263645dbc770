import type { NewJob, Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'

/**
 * Tells the queue what was just committed, without anybody waiting for it. The ledger owes it already: what the queue
 * does not take, the reconciler finds.
 */
export interface Hurry {
  enqueue(jobs: readonly NewJob[]): void
  /** As `enqueue`; resolves when the queue has taken them or has not. */
  told(jobs: readonly NewJob[]): Promise<void>
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>
}

/** A queue that hangs must not collect promises without end. */
const MAX_UNDER_WAY = 200

export function createHurry({ producer, log }: { producer: Pick<Producer, 'add'>; log: Log }): Hurry {
  const underWay = new Set<Promise<void>>()
  let left = 0
  let outages = 0

  /** Of two calls the later may be answered first: what began before an outage was over is no news of another. */
  function failed(jobs: number, error: unknown, during = outages): void {
    if (during < outages) return
    if (left === 0) log.warn('queue does not take jobs; the reconciler will bring them', { reason: describe(error) })
    left += jobs
  }

  function worked(): void {
    if (left === 0) return
    log.info('queue takes jobs again', { leftToReconciler: left })
    left = 0
    outages += 1
  }

  function told(jobs: readonly NewJob[]): Promise<void> {
    if (jobs.length === 0) return Promise.resolve()
    if (underWay.size >= MAX_UNDER_WAY) {
      failed(jobs.length, new Error('too many calls to it are under way'))
      return Promise.resolve()
    }
    const during = outages
    const call = producer
      .add(jobs)
      .then(worked, (error: unknown) => {
        failed(jobs.length, error, during)
      })
      .finally(() => underWay.delete(call))
    underWay.add(call)
    return call
  }

  return {
    told,
    enqueue: (jobs) => void told(jobs),
    async close() {
      await Promise.all(underWay)
    },
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
