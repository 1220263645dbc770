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
    .max(100),
})

const conditions = {
  jitter: z.number(jitterRule).min(0, jitterRule).max(1, jitterRule).default(0.2),
  retryOn: statuses.exactOptional(),
  giveUpOn: statuses.exactOptional(),
}

/** docs/retry-policy.md. Also the shape of an installation's default in its config. */
export const retryPolicy = z.discriminatedUnion(
  'strategy',
  [
    z.strictObject({
      strategy: z.literal('schedule'),
      delaysSeconds: z.array(delay).max(RETRY_BOUNDS.maxRetries, retriesRule),
      ...conditions,
    }),
    z.strictObject({
      strategy: z.literal('exponential'),
      baseSeconds: delay,
      factor: z.number(factorRule).min(1, factorRule).max(maxFactor, factorRule),
      maxDelaySeconds: delay,
      maxRetries: retries,
      ...conditions,
    }),
    z.strictObject({
      strategy: z.literal('linear'),
      stepSeconds: delay,
      maxDelaySeconds: delay,
      maxRetries: retries,
      ...conditions,
    }),
    z.strictObject({ strategy: z.literal('fixed'), delaySeconds: delay, maxRetries: retries, ...conditions }),
  ],
  { error: 'The strategy is schedule, exponential, linear or fixed' },
) satisfies z.ZodType<RetryPolicy>
