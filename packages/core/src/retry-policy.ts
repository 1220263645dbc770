/** A status matcher: an exact status ("429") or a class ("5xx"). */
export type StatusPattern = string

interface PolicyConditions {
  /** a factor of 1 - jitter to 1 + jitter, 0 to 1 */
  jitter: number
  retryOn?: { statuses: StatusPattern[] }
  giveUpOn?: { statuses: StatusPattern[] }
}

/** How long to wait before each retry. All in seconds; retry n counts from 1. API.md, "Retry policy". */
export type RetryPolicy = PolicyConditions &
  (
    | { strategy: 'schedule'; delaysSeconds: number[] }
    | { strategy: 'exponential'; baseSeconds: number; factor: number; maxDelaySeconds: number; maxRetries: number }
    | { strategy: 'linear'; stepSeconds: number; maxDelaySeconds: number; maxRetries: number }
    | { strategy: 'fixed'; delaySeconds: number; maxRetries: number }
  )
