import { setTimeout as sleep } from 'node:timers/promises'
import { deliveryJob, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { DueDelivery } from '@redrive/store'
import type { Span, TraceParent, Tracing } from '@redrive/tracing'
import type { Deliver } from './deliver.ts'
import type { Lane, Slot } from './lanes.ts'

/**
 * First attempts made by the worker that fanned out, or that took the deliveries for a bulk retry, as far as it has room:
 * what succeeds at once costs the queue nothing. The claim in the ledger is the same as with a job, so whoever else comes for it finds it taken.
 */
export interface FirstAttempts {
  /**
   * Starts what there is room for within a short while, in order, and answers the rest: those want a job each. The
   * attempts' traces are below these spans, by the trace of the event.
   */
  start(due: readonly DueDelivery[], spans: ReadonlyMap<TraceParent | undefined, Span>): Promise<DueDelivery[]>
  /** Waits for requests in flight, and cuts them after `graceMs`. */
  close(graceMs: number): Promise<void>
}

interface FirstAttemptsDeps {
  deliver: Pick<Deliver, 'one'>
  lane: Lane
  producer: Pick<Producer, 'add'>
  tracing: Tracing
  log: Log
}

/** Of what one job fanned out: more is shared with the other workers, by jobs. */
export const MOST_STARTED = 500
/** What was cut gets to say so to the ledger. */
const LAST_WORDS_MS = 2_000
/** How long a slot is waited for, in vain once for each call. */
const PATIENCE_MS = 50

export function createFirstAttempts({ deliver, lane, producer, tracing, log }: FirstAttemptsDeps): FirstAttempts {
  const cutting = new AbortController()
  const inHand = new Set<Promise<void>>()
  let closed = false

  async function run(due: DueDelivery, slot: Slot, span: Span | undefined): Promise<void> {
    try {
      const attempt = () => deliver.one(due, cutting.signal, slot)
      const result = await (span === undefined ? attempt() : tracing.within(span, attempt))
      slot.leave()
      if (result.kind === 'again') {
        await producer.add([
          { ...deliveryJob(due), delayMs: result.at.getTime() - Date.now(), trace: due.trace ?? null },
        ])
      }
    } catch (error) {
      // whatever it was, the ledger owes the delivery, and the reconciler finds it
      log.warn('a delivery is left to the reconciler', { deliveryId: due.deliveryId, error })
    } finally {
      slot.leave()
    }
  }

  async function emptyWithin(ms: number): Promise<void> {
    const patience = new AbortController()
    const late = sleep(ms, true, { signal: patience.signal }).catch(() => true)
    while (inHand.size > 0) {
      if ((await Promise.race([Promise.all(inHand), late])) === true) break
    }
    patience.abort()
  }

  return {
    async start(due, spans) {
      const rest: DueDelivery[] = due.slice(MOST_STARTED)
      let patience = PATIENCE_MS
      for (const delivery of due.slice(0, MOST_STARTED)) {
        const slot = closed ? null : await lane.enterWithin(delivery.endpointId, patience)
        if (slot === null) {
          patience = 0
          rest.push(delivery)
          continue
        }
        const running = run(delivery, slot, spans.get(delivery.trace)).finally(() => inHand.delete(running))
        inHand.add(running)
      }
      return rest
    },
    async close(graceMs) {
      closed = true
      await emptyWithin(graceMs)
      cutting.abort()
      // what the database does not answer now, leases and the reconciler see to
      await emptyWithin(LAST_WORDS_MS)
    },
  }
}
