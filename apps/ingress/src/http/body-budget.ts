/** What the bytes of all bodies in memory may come to. */
export interface BodyBudget {
  /** false, and nothing taken, if all bodies together would then be larger than the budget */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

/**
 * Bounds the bytes of all bodies in memory together, from their arrival until the answer: each request keeps to its own
 * limit, but a thousand at once would still be a thousand times that.
 */
export function createBodyBudget(maxBytes: number): BodyBudget {
  let used = 0
  return {
    take(bytes) {
      if (used + bytes > maxBytes) return false
      used += bytes
      return true
    },
    giveBack(bytes) {
      used -= bytes
    },
  }
}
