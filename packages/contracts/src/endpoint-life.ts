import { z } from 'zod'
import { signingSecret } from './endpoints.ts'
import { producedType } from './events.ts'
import { isForwards } from './lists.ts'
import { text } from './text.ts'
import { instant, timestamp } from './time.ts'

const DAY_SECONDS = 86_400

/** `reason` is shown as the endpoint's `disabledReason`. */
export const disableEndpoint = z.strictObject({ reason: text(1, 500).exactOptional() })

/** Without `secret` one is generated. For `graceSeconds` the secret so far goes on signing beside the new one. */
export const rotateSecret = z.strictObject({
  secret: signingSecret.exactOptional(),
  graceSeconds: z
    .int()
    .min(0)
    .max(7 * DAY_SECONDS)
    .default(DAY_SECONDS),
})

export const rotatedSecret = z.object({ secret: z.string(), previousExpiresAt: timestamp })

/** A sample event: `redrive.test` with a payload that says so, unless others are given. */
export const testEndpoint = z.strictObject({
  type: producedType.exactOptional(),
  payload: z.unknown().optional(),
})

/** The last 24 hours, unless a period is given (`since` inclusive, `until` exclusive). */
export const statsQuery = z
  .strictObject({ since: instant.exactOptional(), until: instant.exactOptional() })
  .refine(isForwards, { path: ['until'], error: 'until must not be before since' })

const latency = z.number().nullable()

/**
 * Of the deliveries that were made in the period, as they are now. `successRate` is of those that have ended in success
 * or failure; `latencyMs` of each one's last attempt that was answered.
 */
export const endpointStats = z.object({
  since: timestamp,
  until: timestamp,
  deliveries: z.record(z.string(), z.int()).describe('the number of deliveries in each status that occurs'),
  attempts: z.int(),
  successRate: z.number().min(0).max(1).nullable(),
  latencyMs: z.object({ p50: latency, p95: latency, p99: latency }),
})
