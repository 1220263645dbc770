import { createGauge } from './strain.ts'

/**
 * How fast a process works off what crowds the others, while there are others: as fast as they hardly notice it. Where a
 * flood has the installation to itself, there is no limit.
 */
export interface Pace<Signal extends string> {
  /** Work of somebody who does not crowd has come. `keys`: whose it is, in the narrowest sense first. */
  fresh(...keys: readonly [string, ...string[]]): void
  /** These crowd: nobody has to be spared for their sake, nor for that of any part of theirs. */
  crowds(...keys: readonly string[]): void
  /** How long something took, in ms, for one with these keys: what those who crowd feel is their own doing. */
  felt(what: Signal, ms: number, ...keys: readonly string[]): void
  /** Whether there is anybody to spare. */
  isShared(): boolean
  /** Resolves when the next piece of the crowd's work may begin; false: no more, it is closed. */
  turn(weight?: number): Promise<boolean>
  close(): void
}

export interface PaceOptions<Signal extends string> {
  /** weight a second: at first, and within these bounds */
  rate: { first: number; least: number; most: number }
  /** what others may lose to the crowd by each signal, in ms above what is usual without it */
  strainMs: Readonly<Record<Signal, number>>
}

/** Those who were there so long ago are still spared: what comes seldom is to find room too. */
const SPARED_MS = 30_000
/**
 * Whoever crowded so lately is not spared. As long: of what the pace holds back some endpoint has its turn seldom, and if
 * it were spared meanwhile, the parts of one flood would hold back each other.
 */
const REFORMED_MS = SPARED_MS
const MOST_KEYS = 10_000
/** Whether there is anybody to spare is looked up so often at most, unless something new is known. */
const ASK_AGAIN_MS = 20
const TICK_MS = 20
const JUDGE_MS = 200
/** How late a timer may be: this process, or the machine, has too much to do. */
const LAG_MS = 5
/** After so long without a crowd it is calm, and the next one begins anew: what the last one could do may not be so now. */
const CALM_MS = 1_000

interface Waiting {
  weight: number
  go: (allowed: boolean) => void
}

/** The rate rises while nothing is strained, and falls by a third when something is. */
export function createPace<Signal extends string>(options: PaceOptions<Signal>): Pace<Signal> {
  const now = (): number => performance.now()
  const bounds = options.rate
  const spared = new Map<string, { at: number; keys: readonly string[] }>()
  const crowding = new Map<string, number>()
  const waiting: Waiting[] = []
  const gauges = new Map(Object.entries<number>(options.strainMs).map(([name, mostMs]) => [name, createGauge(mostMs)]))
  const lag = createGauge(LAG_MS, 0)
  let rate = bounds.first
  let budget = 0
  let judgedAt = now()
  let crowdedAt = -Infinity
  let lastTickAt = 0
  let nextTick: NodeJS.Timeout | undefined
  let isClosed = false
  let askedAt = -Infinity
  let isShared = false

  function anybodyToSpare(): boolean {
    if (now() - askedAt >= ASK_AGAIN_MS) {
      askedAt = now()
      isShared = findAnybody()
    }
    return isShared
  }

  /** Oldest first, as they were noted; whoever is noted again goes to the end. */
  function findAnybody(): boolean {
    for (const [key, { at, keys }] of spared) {
      if (now() - at < SPARED_MS && !keys.some(hasCrowded)) return true
      spared.delete(key)
    }
    return false
  }

  function hasCrowded(key: string): boolean {
    const at = crowding.get(key)
    return at !== undefined && now() - at < REFORMED_MS
  }

  function noteIn<Note>(notes: Map<string, Note>, key: string, what: Note): void {
    notes.delete(key)
    const [oldest] = notes.keys()
    if (notes.size >= MOST_KEYS && oldest !== undefined) notes.delete(oldest)
    notes.set(key, what)
  }

  const isCalm = (): boolean => waiting.length === 0 && now() - crowdedAt >= CALM_MS

  function judge(): void {
    judgedAt = now()
    // each begins to count anew
    const strained = [lag, ...gauges.values()].filter((gauge) => gauge.isStrained())
    rate = strained.length > 0 ? Math.max(bounds.least, rate * 0.7) : Math.min(bounds.most, rate * 1.08 + 1)
  }

  function tickSoon(): void {
    lastTickAt = now()
    nextTick = setTimeout(tick, TICK_MS)
  }

  function tick(): void {
    const passed = now() - lastTickAt
    lag.note(Math.max(0, passed - TICK_MS), false)
    if (anybodyToSpare()) {
      if (now() - judgedAt >= JUDGE_MS) judge()
      // what a busy moment has kept from going does not go all at once after it
      budget = Math.min(budget + (rate * passed) / 1000, Math.max(1, rate / 20))
    } else {
      // whoever comes next finds it no faster than at first
      rate = bounds.first
      budget = Infinity
    }
    while (budget > 0) {
      const next = waiting.shift()
      if (next === undefined) break
      budget -= next.weight
      crowdedAt = now()
      next.go(true)
    }
    if (budget === Infinity) budget = 0
    if (waiting.length > 0) tickSoon()
    else nextTick = undefined
  }

  return {
    fresh(...keys) {
      if (!keys.some(hasCrowded)) noteIn(spared, keys[0], { at: now(), keys })
      if (!isShared) askedAt = -Infinity
    },
    crowds(...keys) {
      // whoever crowded long ago makes room first
      for (const [old, at] of crowding) {
        if (now() - at < REFORMED_MS) break
        crowding.delete(old)
      }
      for (const key of keys) noteIn(crowding, key, now())
      if (keys.length > 0) askedAt = -Infinity
    },
    felt(what, ms, ...keys) {
      if (keys.some(hasCrowded)) return
      gauges.get(what)?.note(ms, isCalm())
    },
    isShared: () => anybodyToSpare(),
    turn(weight = 1) {
      if (isClosed) return Promise.resolve(false)
      const hasRoom = waiting.length === 0 && !anybodyToSpare()
      if (hasRoom || isCalm()) rate = bounds.first
      crowdedAt = now()
      if (hasRoom) return Promise.resolve(true)
      const turn = new Promise<boolean>((resolve) => {
        waiting.push({ weight, go: resolve })
      })
      if (nextTick === undefined) tickSoon()
      return turn
    },
    close() {
      isClosed = true
      clearTimeout(nextTick)
      for (const { go } of waiting.splice(0)) go(false)
    },
  }
}
