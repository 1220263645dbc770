import type { Clock } from '@redrive/core'

export interface Recent<T> {
  /** What was loaded for this key not longer than the age ago, or what is being loaded, or a fresh load. */
  get(key: string): Promise<T>
}

/**
 * Remembers the answers of `load`, absent ones included, for `maxAgeMs` and not more than `maxEntries` of them. Calls at
 * once share one load; a failed load is not remembered.
 */
export function createRecent<T>(options: {
  load: (key: string) => Promise<T>
  maxAgeMs: number
  maxEntries: number
  clock: Clock
}): Recent<T> {
  const { load, maxAgeMs, maxEntries, clock } = options
  const entries = new Map<string, { value: Promise<T>; loadedAt: number }>()

  return {
    get(key) {
      const known = entries.get(key)
      // the age counts from before the load, so that nothing is older than it says
      if (known && Math.abs(clock() - known.loadedAt) <= maxAgeMs) return known.value
      const value = load(key)
      entries.delete(key)
      entries.set(key, { value, loadedAt: clock() })
      if (entries.size > maxEntries) {
        // a Map keeps its order: the first is the oldest
        const oldest = entries.keys().next()
        if (!oldest.done) entries.delete(oldest.value)
      }
      value.catch(() => {
        if (entries.get(key)?.value === value) entries.delete(key)
      })
      return value
    },
  }
}
