import { deliveryJob, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { Ledger } from '@redrive/store'

interface GatesDeps {
  ledger: Pick<Ledger, 'letIn'>
  producer: Pick<Producer, 'add'>
  log: Log
}

/** Lets in what waits at the gates of endpoints with limits, in order, or in trouble. */
export interface Gates {
  /** Something there has finished, or was turned away: there may be room. Returns at once. */
  look(endpointId: string): void
  /** Resolves when the look in hand is over. */
  close(): Promise<void>
}

const AT_ONCE = 50
/** Beyond this the reconciler's look is soon enough. */
const LONGEST_WAIT_MS = 60_000

/**
 * One look at a time, at all gates that were named meanwhile, so that a busy endpoint costs one look for many finished
 * deliveries. What fails or is lost here, the reconciler's look a second later makes good.
 */
export function createGates({ ledger, producer, log }: GatesDeps): Gates {
  const wanted = new Set<string>()
  const timers = new Map<string, NodeJS.Timeout>()
  let looking: Promise<void> | null = null
  let closed = false

  async function work(): Promise<void> {
    while (wanted.size > 0 && !closed) {
      const endpointIds = [...wanted].slice(0, AT_ONCE)
      for (const id of endpointIds) wanted.delete(id)
      try {
        const { deliveries, again } = await ledger.letIn(endpointIds)
        for (const { endpointId, at } of again) lookAt(endpointId, at)
        if (deliveries.length > 0) await producer.add(deliveries.map(deliveryJob))
      } catch (error) {
        log.warn('gates are left to the reconciler', { endpoints: endpointIds.length, error })
      }
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
    const waitMs = Math.max(1, at.getTime() - Date.now())
    if (closed || waitMs > LONGEST_WAIT_MS || timers.has(endpointId)) return
    const timer = setTimeout(() => {
      timers.delete(endpointId)
      look(endpointId)
    }, waitMs)
    timer.unref()
    timers.set(endpointId, timer)
  }

  return {
    look,
    close: async () => {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      await looking
    },
  }
}
