import { setTimeout as sleep } from 'node:timers/promises'
import { deliveryJob, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { BulkRetries, BulkStep } from '@redrive/store'

interface BulkRetryDeps {
  bulkRetries: Pick<BulkRetries, 'step'>
  producer: Pick<Producer, 'add' | 'counts'>
  log: Log
}

export interface BulkRetryRunner {
  /** Resolves when the batch in hand is over. */
  close(): Promise<void>
}

const BATCH = 100
/** Between two batches: the ceiling of what one worker queues a second. */
const PAUSE_MS = 200
/** Between looks while no bulk retry is running. */
const IDLE_MS = 1_000
/** Between batches while so many fresh events wait for a slot: these come first, but a bulk retry does not stand still. */
const YIELD_MS = 5_000
const FRESH_WAITING = 20
const AFTER_TROUBLE_MS = 5_000
/**
 * Retry jobs that wait beyond which no more are brought: a person's retry waits behind so many at most. Where so many
 * have exceeded their endpoints' shares, which makes the retry lane look free, they come slowly.
 */
const ENOUGH_WAITING = 100

/**
 * Carries out bulk retries, a bounded batch at a time and only as fast as the retry lane works them off, so that a
 * million of them neither fill the queue nor get in the way of fresh events. Every worker runs one; what a worker that
 * dies has begun, another goes on with from the stored cursor.
 */
export function createBulkRetryRunner({ bulkRetries, producer, log }: BulkRetryDeps): BulkRetryRunner {
  const stopping = new AbortController()
  const running = run()

  /** Whether there was work at the last look: the queue is asked for its backlog only then. */
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
  }

  /** One batch, if there is work and room for it; answers how long to wait for the next. */
  async function look(): Promise<number> {
    const counts = isBusy ? await producer.counts() : null
    if (counts !== null && waiting(counts.retry) >= ENOUGH_WAITING) return PAUSE_MS
    const step = await bulkRetries.step(BATCH)
    isBusy = step !== null
    if (step === null) return IDLE_MS
    report(step)
    await producer.add(step.due.map(deliveryJob))
    if (counts === null) return PAUSE_MS
    const isCrowded = waiting(counts.deliver) >= FRESH_WAITING || waiting(counts['deliver-slow']) >= ENOUGH_WAITING
    return isCrowded ? YIELD_MS : PAUSE_MS
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
