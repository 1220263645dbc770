import { deliveryJob, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { Ledger } from '@redrive/store'
import type { FirstAttempts } from './first-attempts.ts'
import { LEASE_SECONDS } from './leases.ts'

interface GatesDeps {
  ledger: Pick<Ledger, 'letIn'>
  producer: Pick<Producer, 'add'>
  /** What is let in goes at once where this worker has slots: each holds a place at its gate until it is sent. */
  firstAttempts: Pick<FirstAttempts, 'start' | 'places'>
  log: Log
}

/** Lets in what waits at the gates of endpoints with limits, in order, or in trouble. */
export interface Gates {
  /** Something there has finished, or has come: something may go. Returns at once. */
  look(endpointId: string): void
  /** Something was turned away there: a look, unless it is known when there will be room. Returns at once. */
  waitsAt(endpointId: string): void
  /** Resolves when the look in hand is over. */
  close(): Promise<void>
}

const AT_ONCE = 50
/** Of one endpoint, in one look. */
const MOST_CLAIMED = 50
/** How long a slot is waited for: a rate limit counts on it that what is let in leaves soon. */
const PATIENCE_MS = 50
const NO_SPANS = new Map()
/** After this the reconciler has looked, or nothing has changed. */
const LONGEST_WAIT_MS = 60_000

/**
 * One look at a time, at all gates that were named meanwhile, so that a busy endpoint costs one look for many finished
 * deliveries. What fails or is lost here, the reconciler's look a second later makes good.
 */
export function createGates({ ledger, producer, firstAttempts, log }: GatesDeps): Gates {
  const wanted = new Set<string>()
  const timers = new Map<string, { timer: NodeJS.Timeout; dueAt: number }>()
  let looking: Promise<void> | null = null
  let closed = false

  async function work(): Promise<void> {
    while (wanted.size > 0 && !closed) {
      const endpointIds = [...wanted].slice(0, AT_ONCE)
      for (const id of endpointIds) wanted.delete(id)
      try {
        await letIn(endpointIds)
      } catch (error) {
        log.warn('gates are left to the reconciler', { endpoints: endpointIds.length, error })
      }
    }
  }

  async function letIn(endpointIds: readonly string[]): Promise<void> {
    const places = firstAttempts.places()
    const claimedAt = performance.now()
    try {
      const { deliveries, claimed, again } = await ledger.letIn(endpointIds, {
        leaseSeconds: LEASE_SECONDS,
        places: (endpointId, most) => {
          let taken = 0
          while (taken < Math.min(most, MOST_CLAIMED) && places.take(endpointId)) taken++
          return taken
        },
      })
      for (const { endpointId, at } of again) lookAt(endpointId, at)
      await places.start(claimed, claimedAt, NO_SPANS, PATIENCE_MS)
      const rest = deliveries.length > 0 ? await firstAttempts.start(deliveries, NO_SPANS) : []
      if (rest.length > 0) await producer.add(rest.map(deliveryJob))
    } finally {
      places.giveUp()
    }
  }

  function look(endpointId: string): void {
    if (closed) return
    wanted.add(endpointId)
    looking ??= work().finally(() => {
      looking = null
      const [next] = wanted
      if (next !== undefined) look(next)
    })
  }

  function lookAt(endpointId: string, at: Date): void {
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(1, at.getTime() - Date.now()))
    const known = timers.get(endpointId)
    // what has arrived meanwhile makes room sooner than was thought
    if (closed || (known !== undefined && known.dueAt <= Date.now() + waitMs)) return
    clearTimeout(known?.timer)
    const timer = setTimeout(() => {
      timers.delete(endpointId)
      look(endpointId)
    }, waitMs)
    timer.unref()
    timers.set(endpointId, { timer, dueAt: Date.now() + waitMs })
  }

  return {
    look,
    waitsAt: (endpointId) => {
      if (!timers.has(endpointId)) look(endpointId)
    },
    close: async () => {
      closed = true
      for (const { timer } of timers.values()) clearTimeout(timer)
      await looking
    },
  }
}
