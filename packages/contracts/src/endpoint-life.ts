import { z } from 'zod'
import { signingSecret } from './endpoints.ts'
import { producedType } from './events.ts'
import { isForwards } from './lists.ts'
import { text } from './text.ts'
import { instant, timestamp } from './time.ts'

const DAY_SECONDS = 86_400

/** `reason` is shown as the endpoint's `disabledReason`. */
export const disableEndpoint = z.strictObject({
  reason: text(1, 500).exactOptional().describe('Why, for people: shown as `disabledReason`; 1 to 500 characters'),
})

/** Without `secret` one is generated. For `graceSeconds` the secret so far goes on signing beside the new one. */
export const rotateSecret = z.strictObject({
  secret: signingSecret
    .exactOptional()
    .describe('The new secret, as on creating an endpoint; absent: a `whsec_` is generated'),
  graceSeconds: z
    .int()
    .min(0)
    .max(7 * DAY_SECONDS)
    .default(DAY_SECONDS)
    .describe('So long the secret so far goes on signing beside the new one: up to a week, a day unless it is said'),
})

export const rotatedSecret = z.object({
  secret: z.string().describe('The new signing secret'),
  previousExpiresAt: timestamp.describe('When the secret so far stops signing'),
})

/** A sample event: `redrive.test` with a payload that says so, unless others are given. */
export const testEndpoint = z.strictObject({
  type: producedType.exactOptional().describe('Absent: `redrive.test`'),
  payload: z.unknown().optional().describe('Any JSON value; absent: a sample that says what it is'),
})

/** The last 24 hours, unless a period is given (`since` inclusive, `until` exclusive). */
export const statsQuery = z
  .strictObject({
    since: instant
      .exactOptional()
      .describe('Deliveries of events published at this moment or later; absent: 24 hours before `until`'),
    until: instant.exactOptional().describe('Deliveries of events published before this moment; absent: now'),
  })
  .refine(isForwards, { path: ['until'], error: 'until must not be before since' })

const latency = z.number().nullable()

/**
 * Of the deliveries that were made in the period, as they are now. `successRate` is of those that have ended in success
 * or failure; `latencyMs` of each one's last attempt that was answered.
 */
export const endpointStats = z.object({
  since: timestamp.describe('The period’s beginning, inclusive'),
  until: timestamp.describe('The period’s end, exclusive'),
  deliveries: z
    .record(z.string(), z.int())
    .describe('How many deliveries made in the period are in each status now; a status without any is left out'),
  attempts: z.int().describe('How many attempts these deliveries took'),
  successRate: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('Succeeded / (succeeded + failed); null before any has ended'),
  latencyMs: z
    .object({
      p50: latency.describe('Half of them took no longer'),
      p95: latency.describe('95 of 100 took no longer'),
      p99: latency.describe('99 of 100 took no longer'),
    })
    .describe('Milliseconds that each delivery’s last answered attempt took; null if none was answered'),
})
