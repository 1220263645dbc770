/** What may be held at a time: bytes of bodies, or requests. */
export interface Budget {
  isSpent(): boolean
  /** false, and nothing taken, if all together would then be more than the budget */
  take(amount: number): boolean
  giveBack(amount: number): void
}

/**
 * Bounds what all requests hold together, until their answers: each keeps to its own limit, but a thousand at once would
 * still be a thousand times that.
 */
export function createBudget(most: number): Budget {
  let used = 0
  return {
    isSpent: () => used >= most,
    take(amount) {
      if (used + amount > most) return false
      used += amount
      return true
    },
    giveBack(amount) {
      used -= amount
    },
  }
}
