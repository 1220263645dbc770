import { setTimeout as sleep } from 'node:timers/promises'
import { deliveryJob, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { BulkRetries, BulkStep, DueDelivery } from '@redrive/store'
import type { FirstAttempts } from './first-attempts.ts'
import type { WorkerPace } from './turns.ts'

interface BulkRetryDeps {
  bulkRetries: Pick<BulkRetries, 'step'>
  attempts: Pick<FirstAttempts, 'start'>
  producer: Pick<Producer, 'add' | 'counts'>
  pace: Pick<WorkerPace, 'turn'>
  log: Log
}

export interface BulkRetryRunner {
  /** Resolves when the batch in hand is over. */
  close(): Promise<void>
}

/** Taken from the ledger at once. At the slowest pace it has gone before the reconciler looks for it. */
const BATCH = 50
const PORTION = 10
/** Jobs that wait in the lane of retries beyond which none is added: a million of them must not fill the queue. */
const ENOUGH_WAITING = 100
const ENOUGH_PAUSE_MS = 250
/** Between looks while no bulk retry is running. */
const IDLE_MS = 1_000
const AFTER_TROUBLE_MS = 5_000

/**
 * Carries out bulk retries: takes a bounded batch at a time from the ledger and starts it in portions (what there is no
 * room for here gets jobs in the lane of retries), only as fast as others hardly notice. So a million of them neither fill the queue nor get in the way of fresh
 * events. Every worker runs one; what a worker that dies has begun, another goes on with from the stored cursor.
 */
export function createBulkRetryRunner({ bulkRetries, attempts, producer, pace, log }: BulkRetryDeps): BulkRetryRunner {
  const stopping = new AbortController()
  const running = run()

  /** Committed, and not yet with the queue. */
  let inHand: DueDelivery[] = []
  /** only then is the queue asked for its backlog */
  let isBusy = false

  async function run(): Promise<void> {
    let isInTrouble = false
    let pauseMs = 0
    while (await pause(pauseMs)) {
      try {
        pauseMs = await look()
        isInTrouble = false
      } catch (error) {
        if (!isInTrouble) log.warn('bulk retries wait', { error })
        isInTrouble = true
        pauseMs = AFTER_TROUBLE_MS
      }
    }
    // what can't be added any more, the reconciler brings
    await producer.add(inHand.map(deliveryJob)).catch(() => undefined)
  }

  /** One batch, in portions; answers how long to wait for the next. */
  async function look(): Promise<number> {
    if (inHand.length === 0) {
      if (isBusy && waiting((await producer.counts()).retry) >= ENOUGH_WAITING) return ENOUGH_PAUSE_MS
      const step = await bulkRetries.step(BATCH)
      isBusy = step !== null
      if (step === null) return IDLE_MS
      report(step)
      inHand = step.due
    }
    while (inHand.length > 0 && (await pace.turn(Math.min(PORTION, inHand.length)))) {
      // given away before it is started: what the queue does not take, the reconciler brings
      const rest = await attempts.start(inHand.splice(0, PORTION), new Map())
      await producer.add(rest.map(deliveryJob))
    }
    return 0
  }

  function report({ retry, due }: BulkStep): void {
    const { id: bulkRetryId, tenantId, status, matched, queued, skipped } = retry
    const fields = { bulkRetryId, tenantId, matched, queued, skipped }
    if (status === 'completed') log.info('bulk retry completed', fields)
    else log.debug('bulk retry goes on', { ...fields, due: due.length })
  }

  /** false when it is time to stop */
  async function pause(ms: number): Promise<boolean> {
    if (stopping.signal.aborted) return false
    return sleep(ms, true, { signal: stopping.signal }).catch(() => false)
  }

  return {
    close: () => {
      stopping.abort()
      return running
    },
  }
}

function waiting(counts: Record<string, number>): number {
  return (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0)
}
