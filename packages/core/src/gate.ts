import type { RateLimit } from './domain.ts'

/**
 * The breaker opens after so many failures in a row, over at least so long, without a success; then the first probe goes
 * after so long. Where very much fails, it opens early and looks again early: until then each attempt is one in vain,
 * which costs more than one that succeeds, and everybody.
 */
export function breakerRules(lasting: BreakerSettings): BreakerRules {
  return {
    lasting,
    early: {
      failures: Math.ceil(lasting.failures * EARLY_FACTOR),
      overSeconds: Math.min(lasting.overSeconds, EARLY_SECONDS),
      firstProbeSeconds: Math.min(lasting.firstProbeSeconds, EARLY_SECONDS),
    },
    longestProbeSeconds: Math.max(lasting.firstProbeSeconds, LONGEST_PROBE_SECONDS),
  }
}

/** When a breaker opens, and when it looks again. */
export interface BreakerSettings {
  failures: number
  overSeconds: number
  firstProbeSeconds: number
}

export interface BreakerRules {
  lasting: BreakerSettings
  early: BreakerSettings
  longestProbeSeconds: number
}

export const DEFAULT_BREAKER: BreakerSettings = { failures: 20, overSeconds: 10, firstProbeSeconds: 30 }
const EARLY_FACTOR = 2.5
const EARLY_SECONDS = 1
const LONGEST_PROBE_SECONDS = 300

/**
 * What a rate limit looks back beyond its own period for those whose attempt is not recorded yet: requests leave a little
 * after they were admitted, and a limit counts where they arrive. What is recorded has arrived.
 */
export const RATE_MARGIN = { share: 0.05, leastMs: 250, mostMs: 1_000 } as const

/** The backlog of an endpoint without limits of its own drains by this many, doubled with each step. */
const DRAIN = { first: 10, most: 500, everyMs: 1_000, restartMs: 30_000 } as const

/** What decides whether an endpoint may be sent to, as it is while its gate is locked. */
export interface GateState {
  maxConcurrency: number | null
  rateLimit: RateLimit | null
  ordering: 'none' | 'fifo'
  breakerOpen: boolean
  nextProbeAt: Date | null
  /** the endpoint asked for a pause until then */
  notBefore: Date | null
  /** admitted, and not yet finished */
  held: number
  /** what the rate limit counts, and when the first of them will count no more */
  recent: number
  leavesAt: Date | null
  now: Date
}

export interface Room {
  /** deliveries that may go now; may be Infinity */
  count: number
  /** when to look again although nothing finishes; null: something in flight will make room, or nothing has to */
  again: Date | null
}

/** How many more deliveries may go to an endpoint now. */
export function roomAt(gate: GateState): Room {
  const { now, held } = gate
  const isOut = gate.breakerOpen && held > 0
  // asked for by the endpoint: no probe is made before
  if (gate.notBefore !== null && gate.notBefore > now) return { count: 0, again: isOut ? null : gate.notBefore }
  // one probe at a time; while one is out its result decides
  if (isOut) return { count: 0, again: null }
  if (gate.breakerOpen && gate.nextProbeAt !== null && gate.nextProbeAt > now)
    return { count: 0, again: gate.nextProbeAt }
  const concurrent = gate.breakerOpen || gate.ordering === 'fifo' ? 1 : (gate.maxConcurrency ?? Infinity)
  const free = Math.max(0, concurrent - held)
  if (gate.rateLimit === null) return { count: free, again: null }
  const inRate = Math.max(0, gate.rateLimit.limit - gate.recent)
  const leavesAt = gate.leavesAt ?? new Date(now.getTime() + rateWindowMs(gate.rateLimit))
  return { count: Math.min(free, inRate), again: free > inRate ? leavesAt : null }
}

/** How far a rate limit looks back at what may still be on its way. */
export function rateWindowMs(limit: RateLimit): number {
  return limit.perSeconds * 1000 + rateMarginMs(limit)
}

/** So long after its admission a request may leave: the other half of the margin is for its way. */
export function rateLeavesWithinMs(limit: RateLimit): number {
  return rateMarginMs(limit) / 2
}

function rateMarginMs({ perSeconds }: RateLimit): number {
  return Math.min(RATE_MARGIN.mostMs, Math.max(RATE_MARGIN.leastMs, perSeconds * 1000 * RATE_MARGIN.share))
}

/**
 * The next portion of a backlog that nothing else limits: small at first and doubling, so that a receiver that has just
 * come back is not buried. Starts anew after a while without any.
 */
export function nextDrain(last: { size: number; at: Date | null }, now: Date): Room {
  const sinceMs = last.at === null ? Infinity : now.getTime() - last.at.getTime()
  if (last.at !== null && sinceMs < DRAIN.everyMs)
    return { count: 0, again: new Date(last.at.getTime() + DRAIN.everyMs) }
  const size = sinceMs > DRAIN.restartMs ? DRAIN.first : Math.min(DRAIN.most, Math.max(DRAIN.first, last.size * 2))
  return { count: size, again: new Date(now.getTime() + DRAIN.everyMs) }
}
