import type { Failure, RetryMode } from './domain.ts'
import type { AttemptError, Outcome } from './outcome.ts'
import { attemptError, countsForPolicy } from './outcome.ts'
import type { Random } from './ports.ts'
import { retryAfterMs } from './retry-after.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { delayMs, matchesStatus, maxRetries } from './retry-policy.ts'

export interface NextInput {
  outcome: Outcome
  /** attempts that the current run of the policy had used up before this one */
  policyAttempts: number
  mode: RetryMode
  policy: RetryPolicy
  /** the event's; a retry that would come later is not made */
  expiresAt: Date | null
  now: Date
  random: Random
}

/** `reason` is a sentence for the attempt's record: what was decided and why. */
export type Next =
  | { kind: 'succeed'; reason: string }
  | { kind: 'retry'; at: Date; reason: string }
  | { kind: 'give_up'; failure: Failure; disableEndpoint: string | null; reason: string }

/** Long enough that trouble which lasts (no sockets left, say) is no hot loop. */
const INTERRUPTED_WAIT_MS = 1_000

/** Decides what comes after an attempt. The only place where that is decided. */
export function whatNext(input: NextInput): Next {
  const { outcome, policy, now } = input
  const error = attemptError(outcome)
  if (error === null) return { kind: 'succeed', reason: 'Delivered.' }
  if (!countsForPolicy(outcome)) {
    const at = new Date(now.getTime() + INTERRUPTED_WAIT_MS)
    return retryAt(at, 'Redrive cut this attempt short; it is made again in a second.', input, error)
  }

  const refusal = finalAnswer(outcome, policy)
  if (refusal !== null) return giveUp(error, refusal.reason, refusal.disableEndpoint)
  if (input.mode === 'once') return giveUp(error, 'It was to be tried once only.')

  const retryNumber = input.policyAttempts + 1
  const retries = maxRetries(policy)
  if (retryNumber > retries) return giveUp(error, `No retries are left of the policy's ${String(retries)}.`)

  const own = delayMs(policy, retryNumber, input.random)
  const asked = askedWait(outcome, now)
  const wait = Math.max(own, asked ?? 0)
  const why =
    asked !== null && asked >= own ? 'as long as the endpoint asked for with Retry-After' : 'by the retry policy'
  const reason = `Retry ${String(retryNumber)} of ${String(retries)} follows in ${inWords(wait)}, ${why}.`
  return retryAt(new Date(now.getTime() + wait), reason, input, error)
}

/** Whether the answer itself rules out a retry. Trouble without an answer may pass (a DNS record can change), so it never does. */
function finalAnswer(outcome: Outcome, policy: RetryPolicy): { reason: string; disableEndpoint: string | null } | null {
  switch (outcome.kind) {
    case 'error':
      return null
    case 'response': {
      const status = String(outcome.status)
      if (outcome.status === 410) {
        const disableEndpoint = 'The endpoint answered 410 Gone.'
        return { reason: 'The endpoint is gone for good by its own word, and is disabled.', disableEndpoint }
      }
      if (policy.giveUpOn !== undefined && matchesStatus(policy.giveUpOn.statuses, outcome.status)) {
        return { reason: `The retry policy gives up on status ${status}.`, disableEndpoint: null }
      }
      if (policy.retryOn !== undefined && !matchesStatus(policy.retryOn.statuses, outcome.status)) {
        return { reason: `The retry policy does not retry on status ${status}.`, disableEndpoint: null }
      }
      return null
    }
  }
}

/** How long an endpoint is left alone that is overloaded by its own word and does not say for how long. */
const OVERLOADED_WAIT_MS = 2_000

/** A 429 or a 503 slows the endpoint for all its deliveries: until then none is sent. null for any other outcome. */
export function pauseEndpointUntil(outcome: Outcome, now: Date): Date | null {
  if (!saysOverloaded(outcome)) return null
  return new Date(now.getTime() + (askedWait(outcome, now) ?? OVERLOADED_WAIT_MS))
}

function saysOverloaded(outcome: Outcome): boolean {
  return outcome.kind === 'response' && (outcome.status === 429 || outcome.status === 503)
}

function askedWait(outcome: Outcome, now: Date): number | null {
  if (outcome.kind !== 'response' || (outcome.status !== 429 && outcome.status !== 503)) return null
  return retryAfterMs(outcome.headers['retry-after'], now)
}

function retryAt(at: Date, reason: string, { expiresAt }: NextInput, error: AttemptError): Next {
  if (expiresAt === null || at <= expiresAt) return { kind: 'retry', at, reason }
  const message = `The event expired at ${expiresAt.toISOString()}. Its last attempt failed: ${error.message}`
  return giveUp(
    { code: 'expired', message },
    `The next retry would come after the event expires (${expiresAt.toISOString()}).`,
  )
}

function giveUp(failure: Failure, reason: string, disableEndpoint: string | null = null): Next {
  return { kind: 'give_up', failure, disableEndpoint, reason: `Gave up. ${reason}` }
}

const UNITS = [
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const

/** "2 h", "4.8 min", "5 s": one unit, at most one decimal. */
function inWords(ms: number): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms) ?? { name: 's', ms: 1000 }
  return `${String(Math.round((ms / unit.ms) * 10) / 10)} ${unit.name}`
}
