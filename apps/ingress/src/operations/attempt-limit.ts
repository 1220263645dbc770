import type { Clock } from '@redrive/core'

/** Counts failures by who failed, within a window of time. */
export interface AttemptLimit {
  /** Seconds until this one may try again; null if they may now. */
  waitSeconds(who: string): number | null
  failed(who: string): void
}

const MAX_REMEMBERED = 10_000

/** After `max` failures within `windowMs` of the first, no more attempts until that window is over. */
export function createAttemptLimit(options: { max: number; windowMs: number; clock: Clock }): AttemptLimit {
  const { max, windowMs, clock } = options
  const failures = new Map<string, { count: number; endsAt: number }>()

  return {
    waitSeconds(who) {
      const known = failures.get(who)
      if (known === undefined || known.count < max || known.endsAt <= clock()) return null
      return Math.ceil((known.endsAt - clock()) / 1000)
    },
    failed(who) {
      const known = failures.get(who)
      if (known !== undefined && known.endsAt > clock()) {
        known.count += 1
        return
      }
      failures.delete(who)
      failures.set(who, { count: 1, endsAt: clock() + windowMs })
      // a Map keeps its order: the first is the oldest
      const oldest = failures.keys().next()
      if (failures.size > MAX_REMEMBERED && !oldest.done) failures.delete(oldest.value)
    },
  }
}
