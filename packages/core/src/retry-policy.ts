/**
 * A retry that a person asks for goes so long after the call, or longer where everything takes longer: whoever asks for
 * the same meanwhile asks for the same attempt, and makes it wait longer. At most `GATHER_MOST_MS` after the first call.
 */
export const GATHER_MS = 150
export const GATHER_MOST_MS = 5_000

/** A status matcher: an exact status ("429") or a class ("5xx"). */
export type StatusPattern = string

interface PolicyConditions {
  /** a factor of 1 - jitter to 1 + jitter, 0 to 1 */
  jitter: number
  retryOn?: { statuses: StatusPattern[] }
  giveUpOn?: { statuses: StatusPattern[] }
}

/** How long to wait before each retry. All in seconds; retry n counts from 1. docs/retry-policy.md. */
export type RetryPolicy = PolicyConditions &
  (
    | { strategy: 'schedule'; delaysSeconds: number[] }
    | { strategy: 'exponential'; baseSeconds: number; factor: number; maxDelaySeconds: number; maxRetries: number }
    | { strategy: 'linear'; stepSeconds: number; maxDelaySeconds: number; maxRetries: number }
    | { strategy: 'fixed'; delaySeconds: number; maxRetries: number }
  )

/** What every policy has to keep to. Whoever accepts a policy checks these; `delayMs` holds to them regardless. */
export const RETRY_BOUNDS = {
  maxRetries: 50,
  minDelaySeconds: 1,
  maxDelaySeconds: 7 * 24 * 60 * 60,
  maxFactor: 100,
} as const

/** 3xx to 5xx: a 2xx is success, and a 1xx is never a final answer. */
export const STATUS_PATTERN = /^[345](?:xx|[0-9]{2})$/

/** Ten attempts over 75 hours: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  strategy: 'schedule',
  delaysSeconds: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
  jitter: 0.2,
}

/** How many attempts may follow the first one. */
export function maxRetries(policy: RetryPolicy): number {
  const retries = policy.strategy === 'schedule' ? policy.delaysSeconds.length : policy.maxRetries
  return Math.min(retries, RETRY_BOUNDS.maxRetries)
}

/**
 * The wait before retry `retryNumber` (from 1), in whole milliseconds. Jitter is applied after the cap, so that retries
 * that have reached the cap still spread out.
 */
export function delayMs(policy: RetryPolicy, retryNumber: number, random: () => number): number {
  const factor = 1 - policy.jitter + 2 * policy.jitter * random()
  return Math.round(withinBounds(delaySeconds(policy, retryNumber)) * 1000 * factor)
}

/** The wait before each retry in seconds, without jitter. */
export function retryDelays(policy: RetryPolicy): number[] {
  return Array.from({ length: maxRetries(policy) }, (_, retry) => withinBounds(delaySeconds(policy, retry + 1)))
}

export function matchesStatus(patterns: readonly StatusPattern[], status: number): boolean {
  const text = String(status)
  return patterns.some(
    (pattern) => pattern === text || (pattern.endsWith('xx') && text.startsWith(pattern.slice(0, 1))),
  )
}

function delaySeconds(policy: RetryPolicy, retryNumber: number): number {
  switch (policy.strategy) {
    case 'schedule':
      return policy.delaysSeconds[retryNumber - 1] ?? policy.delaysSeconds.at(-1) ?? RETRY_BOUNDS.minDelaySeconds
    case 'exponential':
      return Math.min(policy.baseSeconds * policy.factor ** (retryNumber - 1), policy.maxDelaySeconds)
    case 'linear':
      return Math.min(policy.stepSeconds * retryNumber, policy.maxDelaySeconds)
    case 'fixed':
      return policy.delaySeconds
  }
}

/** Comparisons with NaN are false, so that a policy that should never have been stored waits longest. */
function withinBounds(seconds: number): number {
  if (seconds < RETRY_BOUNDS.minDelaySeconds) return RETRY_BOUNDS.minDelaySeconds
  return seconds <= RETRY_BOUNDS.maxDelaySeconds ? seconds : RETRY_BOUNDS.maxDelaySeconds
}
