/** Random numbers that a seed repeats (mulberry32). */
export interface Dice {
  /** in [0, 1) */
  next(): number
  /** in [from, to) */
  between(from: number, to: number): number
  pick<T>(from: readonly [T, ...T[]]): T
  shuffled<T>(all: readonly T[]): T[]
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
    shuffled: (all) =>
      all
        .map((item) => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  }
}
