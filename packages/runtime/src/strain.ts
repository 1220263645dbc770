/** Tells whether something takes longer than it usually does. */
export interface Gauge {
  /** `isCalm`: nothing is under way that could be why it took so long. */
  note(ms: number, isCalm: boolean): void
  /**
   * Whether more than a third of what was noted since the last time took that much longer than usual, or more than a
   * twentieth far longer: twice as long as usual, and by twice as much.
   */
  isStrained(): boolean
}

/** So many say what is usual: one that happened to be quick, or slow, does not. */
const TELLING = 10
const MOST_KEPT = 200
/** Where it is never calm, what is usual follows what is by so much of the difference with each look. */
const FOLLOWS = 0.002

/** `usualMs`: null where only time tells. Without calm what was there first counts as usual. */
export function createGauge(mostMs: number, usualMs: number | null = null): Gauge {
  let usual = usualMs
  let calm: number[] = []
  let recent: number[] = []

  return {
    note(ms, isCalm) {
      const samples = isCalm ? calm : recent
      if (samples.push(ms) > MOST_KEPT) samples.shift()
    },
    isStrained() {
      if (calm.length >= TELLING) {
        usual = median(calm)
        calm = []
      }
      if (recent.length === 0) return false
      const samples = recent
      recent = []
      const now = median(samples)
      usual ??= now
      const most = usual + mostMs
      const far = usual + Math.max(usual, 2 * mostMs)
      usual += (now - usual) * FOLLOWS
      const beyond = (bound: number): number => samples.filter((ms) => ms > bound).length / samples.length
      return beyond(most) > 1 / 3 || beyond(far) > 1 / 20
    },
  }
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0
}
