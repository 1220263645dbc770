/** Tells who crowds the queue: jobs of whoever brings many at once go behind those of whoever brings few. */
export interface Crowding {
  /** Counts one job of each of these keys, and answers its priority: 0 goes first. */
  priorityOf(...keys: readonly { key: string; perSecond: number }[]): number
}

const WINDOW_MS = 1_000
const MOST_KEYS = 20_000

/**
 * Counts by this process, by the second. A crowd costs nothing where there is room: all priorities are taken in turn as
 * soon as those before them are empty.
 */
export function createCrowding(now: () => number = () => performance.now()): Crowding {
  let counts = new Map<string, number>()
  let since = now()

  function count(key: string): number {
    const value = (counts.get(key) ?? 0) + 1
    if (counts.size < MOST_KEYS || value > 1) counts.set(key, value)
    return value
  }

  return {
    priorityOf(...keys) {
      if (now() - since >= WINDOW_MS) {
        // half of what somebody brought in the last second counts in this one: a flood does not start anew each second
        const half = [...counts].map(([key, value]): [string, number] => [key, value >> 1])
        counts = new Map(now() - since < 2 * WINDOW_MS ? half.filter(([, value]) => value > 0) : [])
        since = now()
      }
      return Math.max(0, ...keys.map(({ key, perSecond }) => levelOf(count(key) / perSecond)))
    },
  }
}

/** 0 within the rate, then one more for each doubling. */
function levelOf(excess: number): number {
  return excess <= 1 ? 0 : 1 + Math.floor(Math.log2(excess))
}
