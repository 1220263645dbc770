import { STATUS_CODES } from 'node:http'
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

/** What went wrong with one request, as the attempt's record says it; null on success. */
export interface AttemptError {
  code: AttemptErrorCode
  message: string
}

export function attemptError(outcome: Outcome): AttemptError | null {
  if (outcome.kind === 'error') return { code: outcome.code, message: outcome.message }
  if (isSuccess(outcome)) return null
  const answer = `The endpoint answered ${statusText(outcome.status)}.`
  const redirect = outcome.status >= 300 && outcome.status <= 399 ? ' Redirects are not followed.' : ''
  return { code: 'http_status', message: answer + redirect }
}

/** A request that our own side cut short says nothing about the receiver, so it uses up none of the policy's attempts. */
export function countsForPolicy(outcome: Outcome): boolean {
  return !(outcome.kind === 'error' && outcome.code === 'interrupted')
}

function statusText(status: number): string {
  const name = STATUS_CODES[status]
  return name === undefined ? String(status) : `${String(status)} ${name}`
}
