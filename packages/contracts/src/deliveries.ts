import { ATTEMPT_ERROR_CODES, DELIVERY_STATUSES } from '@redrive/core'
import { z } from 'zod'
import { attemptErrorCode, attemptSummary } from './attempts.ts'
import { eventType } from './events.ts'
import { pageOf, periodQuery, queryInteger } from './lists.ts'
import { id } from './text.ts'
import { timestamp } from './time.ts'

const status = z.enum(DELIVERY_STATUSES)
const failureCode = z.enum([...ATTEMPT_ERROR_CODES, 'expired', 'endpoint_disabled', 'endpoint_deleted'])

export const listDeliveries = periodQuery({
  status: status.exactOptional(),
  endpointId: id.exactOptional(),
  eventId: id.exactOptional(),
  eventType: eventType.exactOptional(),
  httpStatus: queryInteger(100, 599).exactOptional(),
  errorCode: attemptErrorCode.exactOptional(),
})

/** The body of a manual retry; no body is `{}`. */
export const retryDelivery = z.strictObject({
  mode: z.enum(['policy', 'once']).default('policy'),
  force: z.boolean().default(false),
})

export const delivery = z.object({
  id,
  number: z.int(),
  eventId: id,
  eventType: z.string(),
  endpointId: id,
  url: z.string(),
  status,
  attemptCount: z.int(),
  maxAttempts: z.int(),
  nextAttemptAt: timestamp.nullable(),
  failure: z.object({ code: failureCode, message: z.string() }).nullable(),
  lastAttempt: attemptSummary.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
  completedAt: timestamp.nullable(),
})
export const deliveryPage = pageOf(delivery)

/** The body of `POST /v1/events/{id}/retry`; no body is `{}`. */
export const retryEvent = z.strictObject({
  /** to this endpoint only, subscribed or not; else to all that subscribe */
  endpointId: id.exactOptional(),
  /** spares endpoints that have the event already */
  onlyFailed: z.boolean().default(false),
})

/** The body of `POST /v1/events/{id}/resend`; no body is `{}`. */
export const resendEvent = z.strictObject({ endpointId: id.exactOptional() })

export const retriedEvent = z.object({ eventId: id, deliveries: z.array(delivery) })
