import type { RetryPolicy } from '@redrive/core'
import { RETRY_BOUNDS, STATUS_PATTERN } from '@redrive/core'
import { z } from 'zod'

const { minDelaySeconds, maxDelaySeconds, maxFactor } = RETRY_BOUNDS
const delayRule = `A delay is ${String(minDelaySeconds)} to ${String(maxDelaySeconds)} seconds (7 days)`
const retriesRule = `A policy has 0 to ${String(RETRY_BOUNDS.maxRetries)} retries`
const factorRule = `The factor is 1 to ${String(maxFactor)}`
const jitterRule = 'Jitter is 0 to 1'

// The rule is the message of every way to miss it: not a number, infinite, out of bounds.
const delay = z.number(delayRule).min(minDelaySeconds, delayRule).max(maxDelaySeconds, delayRule)
const retries = z.int(retriesRule).min(0, retriesRule).max(RETRY_BOUNDS.maxRetries, retriesRule)

const statuses = z.strictObject({
  statuses: z
    .array(z.string().regex(STATUS_PATTERN, 'Expected a status ("429") or a class ("5xx") from 3xx to 5xx'))
    .max(100)
    .describe('Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100'),
})

const maxDelay = delay.describe('No wait is longer, before jitter: seconds, 1 to 604,800 (7 days)')
const maxRetries = retries.describe('How many attempts may follow the first: 0 to 50')

const conditions = {
  jitter: z
    .number(jitterRule)
    .min(0, jitterRule)
    .max(1, jitterRule)
    .default(0.2)
    .describe('Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out'),
  retryOn: statuses.exactOptional().describe('Answers that are worth a retry; absent: all but success'),
  giveUpOn: statuses.exactOptional().describe('Answers after which no retry follows'),
}

/** docs/retry-policy.md. Also the shape of an installation's default in its config. */
export const retryPolicy = z.discriminatedUnion(
  'strategy',
  [
    z.strictObject({
      strategy: z.literal('schedule').describe('A wait for each retry'),
      delaysSeconds: z
        .array(delay)
        .max(RETRY_BOUNDS.maxRetries, retriesRule)
        .describe(
          'The wait before each retry, so there are as many retries: up to 50, each 1 to 604,800 seconds (7 days)',
        ),
      ...conditions,
    }),
    z.strictObject({
      strategy: z.literal('exponential').describe('Retry n (from 1) waits `baseSeconds` · `factor`^(n-1)'),
      baseSeconds: delay.describe('The wait before the first retry: seconds, 1 to 604,800 (7 days)'),
      factor: z
        .number(factorRule)
        .min(1, factorRule)
        .max(maxFactor, factorRule)
        .describe('Each wait is so many times the one before: 1 to 100'),
      maxDelaySeconds: maxDelay,
      maxRetries,
      ...conditions,
    }),
    z.strictObject({
      strategy: z.literal('linear').describe('Retry n (from 1) waits `stepSeconds` · n'),
      stepSeconds: delay.describe('So much longer from retry to retry: seconds, 1 to 604,800 (7 days)'),
      maxDelaySeconds: maxDelay,
      maxRetries,
      ...conditions,
    }),
    z.strictObject({
      strategy: z.literal('fixed').describe('Every retry waits as long'),
      delaySeconds: delay.describe('The wait before each retry: seconds, 1 to 604,800 (7 days)'),
      maxRetries,
      ...conditions,
    }),
  ],
  { error: 'The strategy is schedule, exponential, linear or fixed' },
) satisfies z.ZodType<RetryPolicy>
