import { setTimeout as sleep } from 'node:timers/promises'
import { deliveryJob, type JobResult, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { ClaimedDelivery, DueDelivery, Ledger } from '@redrive/store'
import type { Span, TraceParent, Tracing } from '@redrive/tracing'
import type { Deliver } from './deliver.ts'
import type { Lane, Slot } from './lanes.ts'

/**
 * First attempts made by the worker that fanned out, or that took the deliveries for a bulk retry, as far as it has room:
 * what succeeds at once costs the queue nothing. The claim in the ledger is the same as with a job, so whoever else comes
 * for it finds it taken.
 */
export interface FirstAttempts {
  /**
   * Starts what there is room for within a short while, in order, and answers the rest: those want a job each. The
   * attempts' traces are below these spans, by the trace of the event.
   */
  start(due: readonly DueDelivery[], spans: Spans): Promise<DueDelivery[]>
  /** For deliveries that are about to be made: which of them this worker would send soon, and so may claim. */
  places(): Places
  /** Waits for requests in flight, and cuts them after `graceMs`. */
  close(graceMs: number): Promise<void>
}

interface Places {
  /** Whether there is a place for one more of this endpoint; then it is kept until the end. */
  take(endpointId: string): boolean
  /** Starts what was claimed since `claimedAt` (by `performance.now()`), in order; what gets no slot in time is given back. */
  start(claimed: readonly ClaimedDelivery[], claimedAt: number, spans: Spans, patienceMs?: number): Promise<void>
  /** To be called in the end. */
  giveUp(): void
}

type Spans = ReadonlyMap<TraceParent | undefined, Span>

interface FirstAttemptsDeps {
  deliver: Pick<Deliver, 'one' | 'claimed'>
  ledger: Pick<Ledger, 'release'>
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
/** What would get a slot within so long is claimed as it is made. */
const SOON_MS = 200
/** How much later than that it may be: what is claimed costs the ledger two writes when it has to be given back. */
const CLAIMED_PATIENCE_MS = 1_000

export function createFirstAttempts(deps: FirstAttemptsDeps): FirstAttempts {
  const { deliver, ledger, lane, producer, tracing, log } = deps
  const cutting = new AbortController()
  const inHand = new Set<Promise<void>>()
  let closed = false

  /** Begins what has a slot, and sees to it until it is over. */
  function begin(due: DueDelivery, slot: Slot, span: Span | undefined, attempt: () => Promise<JobResult>): void {
    const running = run(due, slot, span, attempt).finally(() => inHand.delete(running))
    inHand.add(running)
  }

  async function run(
    due: DueDelivery,
    slot: Slot,
    span: Span | undefined,
    attempt: () => Promise<JobResult>,
  ): Promise<void> {
    try {
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

  /** No slot came free: another worker may have one, or this one later. */
  async function giveBack(claimed: readonly ClaimedDelivery[]): Promise<void> {
    if (claimed.length === 0) return
    try {
      await ledger.release(claimed.map(({ claim }) => ({ claim, delaySeconds: 0, fault: null })))
    } catch (error) {
      log.warn('claims are left to run out', { deliveries: claimed.length, error })
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
      const starts = (delivery: DueDelivery, slot: Slot | null): boolean => {
        if (slot !== null)
          begin(delivery, slot, spans.get(delivery.trace), () => deliver.one(delivery, cutting.signal, slot))
        return slot !== null
      }
      // who finds no room holds up none of those who do
      const waiting = due
        .slice(0, MOST_STARTED)
        .filter((delivery) => !starts(delivery, closed ? null : lane.enter(delivery.endpointId)))
      let patience = PATIENCE_MS
      for (const delivery of waiting) {
        if (starts(delivery, closed ? null : await lane.enterWithin(delivery.endpointId, patience))) continue
        patience = 0
        rest.push(delivery)
      }
      return rest
    },
    places() {
      const kept = new Map<string, { over(): void }[]>()
      let taken = 0
      return {
        take(endpointId) {
          const place = closed || taken === MOST_STARTED ? null : lane.expect(endpointId, SOON_MS)
          if (place === null) return false
          taken++
          const places = kept.get(endpointId)
          if (places === undefined) kept.set(endpointId, [place])
          else places.push(place)
          return true
        },
        async start(claimed, claimedAt, spans, patienceMs = CLAIMED_PATIENCE_MS) {
          const back: ClaimedDelivery[] = []
          let patience = patienceMs
          for (const delivery of claimed) {
            const { id } = delivery.endpoint
            const slot = closed ? null : await lane.enterWithin(id, patience)
            kept.get(id)?.pop()?.over()
            if (slot === null) {
              patience = 0
              back.push(delivery)
              continue
            }
            begin(dueOf(delivery), slot, spans.get(delivery.trace), () =>
              deliver.claimed(delivery, claimedAt, cutting.signal, slot),
            )
          }
          await giveBack(back)
        },
        giveUp() {
          for (const places of kept.values()) for (const place of places) place.over()
          kept.clear()
        },
      }
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

/** For the job of what is claimed, if it needs one. */
function dueOf({ id, round, tenantId, endpoint, event, createdAt, trigger, trace }: ClaimedDelivery): DueDelivery {
  return {
    deliveryId: id,
    round,
    tenantId,
    endpointId: endpoint.id,
    eventType: event.type,
    dueAt: createdAt,
    trigger,
    trace,
  }
}
