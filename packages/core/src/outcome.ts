import type { AttemptErrorCode, Timings } from './domain.ts'

/** One signed request, ready to be sent. */
export interface OutgoingRequest {
  url: string
  /** lower-case names; complete: the sender adds only what HTTP itself demands (`host`, `content-length`, `connection`) */
  headers: Record<string, string>
  body: string
  timeoutMs: number
}

/**
 * What came of one request: a value, never an exception, and never a status of 0. `headers` has lower-case names, with
 * repeated fields joined by ", ". `body` is text (invalid UTF-8 and NUL replaced), cut at the capture limit.
 */
export type Outcome = { startedAt: Date; durationMs: number; timings: Timings } & (
  | { kind: 'response'; status: number; headers: Record<string, string>; body: string; bodyTruncated: boolean }
  | { kind: 'error'; code: Exclude<AttemptErrorCode, 'http_status'>; message: string }
)

/** Success is a status of 200 to 299 and nothing else. */
export function isSuccess(outcome: Outcome): boolean {
  return outcome.kind === 'response' && outcome.status >= 200 && outcome.status <= 299
}
