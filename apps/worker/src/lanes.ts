import { slotShare } from '@redrive/core'

/** The shares of a lane's slots that endpoints hold in this process. */
export interface Lane {
  /** null: the endpoint holds its share already, and this delivery steps aside */
  enter(endpointId: string): Slot | null
}

export interface Slot {
  /** how long the endpoint took over a request */
  answered(ms: number): void
  leave(): void
}

interface Holder {
  /** when each in hand began, oldest first */
  since: Map<Slot, number>
  latencyMs: number | null
}

/** How much the newest answer counts in the average. */
const NEWEST = 0.2
/** A request in hand that is younger says nothing about an endpoint yet. */
const TELLING_AGE_MS = 500
/** Endpoints that are remembered; the longest known without one in hand are forgotten. */
const REMEMBERED = 10_000

/**
 * A lane of so many slots. An endpoint's latency is its recent average, or the age of its oldest request in hand, if that
 * is more: one that has stopped answering is known as such before its first timeout.
 */
export function createLane(slots: number, now: () => number = () => performance.now()): Lane {
  const holders = new Map<string, Holder>()

  function latencyOf({ since, latencyMs }: Holder): number | null {
    const [oldest] = since.values()
    const age = oldest === undefined ? 0 : now() - oldest
    return age < TELLING_AGE_MS ? latencyMs : Math.max(latencyMs ?? 0, age)
  }

  function remember(endpointId: string): Holder {
    if (holders.size >= REMEMBERED) {
      for (const [id, { since }] of holders) {
        if (since.size > 0) continue
        holders.delete(id)
        break
      }
    }
    const holder: Holder = { since: new Map(), latencyMs: null }
    holders.set(endpointId, holder)
    return holder
  }

  return {
    enter(endpointId) {
      const holder = holders.get(endpointId) ?? remember(endpointId)
      if (holder.since.size >= slotShare(slots, latencyOf(holder))) return null
      const slot: Slot = {
        answered(ms) {
          const before = holder.latencyMs
          holder.latencyMs = before === null ? ms : before + NEWEST * (ms - before)
        },
        leave() {
          holder.since.delete(slot)
        },
      }
      holder.since.set(slot, now())
      return slot
    },
  }
}
