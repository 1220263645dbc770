import { setTimeout as sleep } from 'node:timers/promises'
import { deliveryJob, type NewJob, type Producer, publishJobs, QueueUnavailable, slowed } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import { type DueDelivery, GRACE_SECONDS, type Ledger, type Sweep } from '@redrive/store'
import type { WorkerMetrics } from './metrics.ts'
import type { WorkerPace } from './turns.ts'

interface ReconcilerDeps {
  ledger: Pick<Ledger, 'sweep' | 'recall'>
  producer: Pick<Producer, 'add' | 'counts' | 'hasForgotten' | 'ledgerKnows'>
  metrics: Pick<WorkerMetrics, 'reconciled'>
  pace: Pick<WorkerPace, 'isShared'>
  log: Log
}

export interface Reconciler {
  /** Resolves when the look in hand is over. */
  close(): Promise<void>
}

/** Due for so long, a delivery had a job already, which was lost or waits among what crowds the others. */
const LATE_MS = 5_000
/** Due for so long, a delivery is backlog. */
const BACKLOG_AGE_MS = 60_000
const BACKLOG_PRIORITY = 10
const LOOK_EVERY_MS = 1_000
/** A look takes so many of each kind at most; after a full one the next follows sooner. */
const LIMIT = 500
/** Of the backlog while there are others: what a flood has not come to in time is found here too, most of it not lost. */
const SHARED_LIMIT = 40
const FULL_LOOK_PAUSE_MS = 100
/**
 * Jobs that wait to be taken beyond which only a few more deliveries of the backlog are brought: after a flush it is fed,
 * not poured. Leases, events and retries that the ledger kept are not held up by it.
 */
const ENOUGH_WAITING = 2_000
const TRICKLE = 20
/** Between looks whether the queue is back. */
const QUEUE_AWAY_MS = 250
/**
 * After an outage of the database: those who have just sent get to record it before their leases, which nobody could
 * renew, are taken for dead.
 */
const AFTER_OUTAGE_MS = 5_000

/**
 * Brings what the ledger owes and no job is bringing: events not fanned out, deliveries due without a job, retries
 * beyond the queue's horizon, leases that ran out. Every worker runs one; rows are shared out by SKIP LOCKED. A queue
 * that was emptied or replaced is given all of it again.
 */
export function createReconciler({ ledger, producer, metrics, pace, log }: ReconcilerDeps): Reconciler {
  const stopping = new AbortController()
  const running = run()

  async function run(): Promise<void> {
    let away = false
    let pauseMs = 0
    let enough = false
    let recalls = false
    while (await pause(pauseMs)) {
      try {
        // a look moves on what it has seen: while no job can be enqueued, nothing is looked at, so that it starts at once
        if (await producer.hasForgotten()) {
          log.info('the queue may have forgotten its jobs; they are brought again')
          await ledger.recall()
          await producer.ledgerKnows()
          recalls = true
        }
        // what was recalled is lost for certain
        const most = pace.isShared() && !recalls ? SHARED_LIMIT : LIMIT
        const swept = await ledger.sweep(LIMIT, GRACE_SECONDS, {
          late: most,
          parked: enough ? TRICKLE : LIMIT,
          brought: enough ? TRICKLE : most,
        })
        await enqueue(swept)
        if (swept.unavailable !== null) throw swept.unavailable
        away = false
        const full = swept.full || swept.backlogFull
        enough = full && (await enoughWaiting())
        recalls &&= full
        pauseMs = full && !enough ? FULL_LOOK_PAUSE_MS : LOOK_EVERY_MS
      } catch (error) {
        if (!away) log.warn('the reconciler could not look', { error })
        away = true
        pauseMs = error instanceof QueueUnavailable ? QUEUE_AWAY_MS : AFTER_OUTAGE_MS
      }
    }
  }

  /** Asked only while there is more to bring than one look takes. */
  async function enoughWaiting(): Promise<boolean> {
    const { publish, 'publish-slow': floods, ...deliveries } = await producer.counts()
    const delivering = Object.values(deliveries).reduce((sum, counts) => sum + waiting(counts), 0)
    return Math.max(waiting(publish) + waiting(floods), delivering) >= ENOUGH_WAITING
  }

  async function enqueue({ eventIds, lateEventIds, deliveries, letInIds, interrupted }: Sweep): Promise<void> {
    const late = new Set(lateEventIds)
    const letIn = new Set(letInIds)
    metrics.reconciled({ events: eventIds.length, deliveries: deliveries.length, interrupted })
    if (interrupted > 0) log.warn('leases had run out', { deliveries: interrupted })
    if (eventIds.length === 0 && deliveries.length === 0) return
    log.debug('reconciled', { events: eventIds.length, deliveries: deliveries.length })
    // each by itself: a queue that refuses the ones must not cost the others their turn
    const added = await Promise.allSettled(
      [
        publishJobs(eventIds.filter((id) => !late.has(id))),
        publishJobs(lateEventIds).map((job) => slowed(job, 0)),
        deliveries.map((due) => (letIn.has(due.deliveryId) ? deliveryJob(due) : backlogJob(due))),
      ]
        .filter((jobs) => jobs.length > 0)
        .map((jobs) => producer.add(jobs)),
    )
    for (const result of added) if (result.status === 'rejected') throw result.reason
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

/** What has waited for long lets fresh deliveries go first; what comes due before the next look waits in the queue. */
function backlogJob(due: DueDelivery): NewJob {
  const ageMs = Date.now() - due.dueAt.getTime()
  if (ageMs <= LATE_MS) return { ...deliveryJob(due), delayMs: Math.max(0, -ageMs) }
  return slowed(deliveryJob(due), ageMs > BACKLOG_AGE_MS ? BACKLOG_PRIORITY : 0)
}
