import { slotShare } from '@redrive/core'

/** The shares of a lane's slots that endpoints hold in this process. */
export interface Lane {
  /** null: the endpoint holds its share already, or all slots are taken: this delivery steps aside */
  enter(endpointId: string): Slot | null
  /** As `enter`, but waits its turn for a slot for up to `ms`. */
  enterWithin(endpointId: string, ms: number): Promise<Slot | null>
  /**
   * Whether one more would have entered within so many ms, behind those that are expected already: then it is expected
   * too, until `over` is called. null: it would wait for longer
   */
  expect(endpointId: string, ms: number): { over(): void } | null
}

export interface Slot {
  /**
   * How long the endpoint took over a request, and whether it failed. Where the lane has room for what is recorded, the
   * slot is another request's from now on.
   */
  answered(ms: number, failed?: boolean): void
  /** It is over, recorded or not. */
  leave(): void
}

interface Holder {
  /** when each in hand began, oldest first */
  since: Map<Slot, number>
  latencyMs: number | null
  /** in a row; a success halves it, so that one which fails seldom is soon itself again */
  failures: number
  /** how long it holds a slot */
  heldMs: number | null
  expected: number
}

/** How much the newest answer counts in the average. */
const NEWEST = 0.2
/** A request in hand that is younger says nothing about an endpoint yet. */
const TELLING_AGE_MS = 500
/** Endpoints that are remembered; the longest known without one in hand are forgotten. */
const REMEMBERED = 10_000
/** More are counted no further: it has to succeed a few times, and not as often as it has failed. */
const MOST_FAILURES = 40
/** How long an endpoint holds a slot of which that is not known. */
const UNKNOWN_MS = 250
/**
 * Answered and not recorded yet, at most, for each slot: while a full batch is written the next one gathers, and requests go
 * on meanwhile. With one for each, they stood still until a batch was written.
 */
const RECORDING_PER_SLOT = 4
/** Enough for that, unless there are more slots: what is answered and not recorded is in memory, and sent again after a crash. */
const ENOUGH_RECORDING = 256

/**
 * A lane of so many slots. `freedByAnswer`: what is answered leaves its slot while it is recorded; not so where each is a
 * job that keeps its place in the queue's worker until then, or an endpoint could hold more of these than its share. An
 * endpoint's latency is its recent average, or the age of its oldest request in hand, if that is more: one that has
 * stopped answering is known as such before its first timeout.
 */
export function createLane(
  slots: number,
  { freedByAnswer = false, now = () => performance.now() }: { freedByAnswer?: boolean; now?: () => number } = {},
): Lane {
  const mostRecording = freedByAnswer ? Math.max(slots, Math.min(slots * RECORDING_PER_SLOT, ENOUGH_RECORDING)) : 0
  const holders = new Map<string, Holder>()
  let taken = 0
  /** answered, without a slot, and not over */
  let recording = 0
  let expected = 0
  /** for how long those that are expected will hold a slot, together */
  let expectedMs = 0
  /** by endpoint, in the order of their turns; one that got a slot goes to the end */
  const waiting = new Map<string, ((slot: Slot) => void)[]>()

  function latencyOf({ since, latencyMs }: Holder): number | null {
    const [oldest] = since.values()
    const age = oldest === undefined ? 0 : now() - oldest
    return age < TELLING_AGE_MS ? latencyMs : Math.max(latencyMs ?? 0, age)
  }

  function remember(endpointId: string): Holder {
    if (holders.size >= REMEMBERED) {
      for (const [id, { since, expected }] of holders) {
        if (since.size > 0 || expected > 0) continue
        holders.delete(id)
        break
      }
    }
    const holder: Holder = { since: new Map(), latencyMs: null, failures: 0, heldMs: null, expected: 0 }
    holders.set(endpointId, holder)
    return holder
  }

  function enter(endpointId: string): Slot | null {
    if (taken >= slots) return null
    const holder = holders.get(endpointId) ?? remember(endpointId)
    if (holder.since.size >= slotShare(slots, latencyOf(holder), holder.failures)) return null
    let stage: 'request' | 'record' | 'over' = 'request'
    const endRequest = (): void => {
      holder.heldMs = averaged(holder.heldMs, now() - (holder.since.get(slot) ?? now()))
      holder.since.delete(slot)
      taken--
      admit()
    }
    const slot: Slot = {
      answered(ms, failed = false) {
        holder.latencyMs = averaged(holder.latencyMs, ms)
        holder.failures = failed ? Math.min(MOST_FAILURES, holder.failures + 1) : holder.failures >> 1
        if (stage !== 'request' || recording >= mostRecording) return
        stage = 'record'
        recording++
        endRequest()
      },
      leave() {
        const last = stage
        stage = 'over'
        if (last === 'record') recording--
        if (last === 'request') endRequest()
      },
    }
    holder.since.set(slot, now())
    taken++
    return slot
  }

  function admit(): void {
    for (const [endpointId, waiters] of waiting) {
      if (taken >= slots) return
      const slot = enter(endpointId)
      if (slot === null) continue
      waiting.delete(endpointId)
      if (waiters.length > 1) waiting.set(endpointId, waiters)
      waiters.shift()?.(slot)
    }
  }

  return {
    enter,
    enterWithin(endpointId, ms) {
      const slot = enter(endpointId)
      if (slot !== null) return Promise.resolve(slot)
      return new Promise((resolve) => {
        const waiters = waiting.get(endpointId) ?? []
        waiting.set(endpointId, waiters)
        const enters = (freed: Slot): void => {
          clearTimeout(late)
          resolve(freed)
        }
        const late = setTimeout(() => {
          waiters.splice(waiters.indexOf(enters), 1)
          if (waiters.length === 0) waiting.delete(endpointId)
          resolve(null)
        }, ms)
        waiters.push(enters)
      })
    },
    expect(endpointId, ms) {
      const holder = holders.get(endpointId) ?? remember(endpointId)
      const latencyMs = latencyOf(holder)
      const share = slotShare(slots, latencyMs, holder.failures)
      const heldMs = Math.max(holder.heldMs ?? UNKNOWN_MS, latencyMs ?? 0)
      const behind = holder.since.size + holder.expected + 1 - share
      if (behind * heldMs > share * ms) return null
      if (taken + expected >= slots && expectedMs + heldMs > slots * ms) return null
      holder.expected++
      expected++
      expectedMs += heldMs
      let isOver = false
      return {
        over() {
          if (isOver) return
          isOver = true
          holder.expected--
          expected--
          expectedMs -= heldMs
        },
      }
    },
  }
}

function averaged(before: number | null, newest: number): number {
  return before === null ? newest : before + NEWEST * (newest - before)
}
