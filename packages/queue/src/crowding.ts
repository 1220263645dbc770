/** Tells who crowds the queue: jobs of whoever brings many at once go behind those of whoever brings few. */
export interface Crowding {
  /**
   * Counts one job for the first of these keys, and if that is within its rate, for the next; answers its priority, 0
   * going first, and whose crowd it belongs to. So the crowd of an endpoint does not count for its tenant, whose other
   * endpoints are none.
   */
  place(...keys: readonly Rated[]): Place
}

interface Rated {
  key: string
  perSecond: number
  /** so many are known to come together: none of them is taken for the few that somebody brings now and then */
  together?: number
}

export interface Place {
  priority: number
  /** the key whose crowd it is part of; null: of none, and its priority is 0 */
  crowd: string | null
}

/** The key of a tenant's events of one type. Those of endpoints and tenants are their ids. */
export function typeKey(tenantId: string, eventType: string): string {
  return `${tenantId} ${eventType}`
}

/** Short, because so much of each second may come at once before it counts as a crowd. */
const WINDOW_MS = 250
const MOST_KEYS = 20_000

/**
 * Counts by this process, by the quarter of a second. A crowd costs nothing where there is room: all priorities are taken in turn as
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
    place(...keys) {
      if (now() - since >= WINDOW_MS) {
        // half of what somebody brought in the last window counts in this one: a flood does not start anew with each
        const half = [...counts].map(([key, value]): [string, number] => [key, value >> 1])
        counts = new Map(now() - since < 2 * WINDOW_MS ? half.filter(([, value]) => value > 0) : [])
        since = now()
      }
      for (const { key, perSecond, together = 0 } of keys) {
        const priority = levelOf((Math.max(count(key), together) * 1_000) / (perSecond * WINDOW_MS))
        if (priority > 0) return { priority, crowd: key }
      }
      return { priority: 0, crowd: null }
    },
  }
}

/** 0 within the rate, then one more for each doubling. */
function levelOf(excess: number): number {
  return excess <= 1 ? 0 : 1 + Math.floor(Math.log2(excess))
}
