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
  status: status.exactOptional().describe('Only deliveries in this status'),
  endpointId: id.exactOptional().describe('Only to this endpoint'),
  eventId: id.exactOptional().describe('Only of this event'),
  eventType: eventType.exactOptional().describe('Only of events of exactly this type'),
  httpStatus: queryInteger(100, 599).exactOptional().describe('Only if the last attempt was answered with this status'),
  errorCode: attemptErrorCode.exactOptional().describe('Only if the last attempt failed with this error'),
})

/** The body of a manual retry; no body is `{}`. */
export const retryDelivery = z.strictObject({
  mode: z
    .enum(['policy', 'once'])
    .default('policy')
    .describe(
      'What a further failure leads to, if the delivery had ended. `policy`: the retry policy starts anew; `once`: nothing more',
    ),
  force: z.boolean().default(false).describe('Sends again what has succeeded, which else is a 409'),
})

export const delivery = z.object({
  id: id.describe('The delivery’s id; receivers get it as `redrive-delivery-id`'),
  number: z.int().describe('The same as a number, for APIs that know deliveries by one'),
  eventId: id.describe('The event that is delivered; receivers get it as `webhook-id`'),
  eventType: z.string().describe('The event’s type'),
  endpointId: id.describe('The endpoint that it is delivered to'),
  url: z.string().describe('The endpoint’s URL as it is now'),
  status: status.describe(
    '`pending`: not tried yet, or kept for a paused endpoint; `delivering`: being sent now; `retrying`: waits for its next attempt; the others are ends',
  ),
  attemptCount: z.int().describe('Attempts that were made; a retry does not start it anew'),
  maxAttempts: z.int().describe('How many there will be if every one fails, by the policy as it is now'),
  nextAttemptAt: timestamp.nullable().describe('When the next attempt is due; null if none is planned'),
  failure: z
    .object({
      code: failureCode.describe('The last attempt’s error, or what ended the delivery without one'),
      message: z.string().describe('The same in a sentence'),
    })
    .nullable()
    .describe('Why it ended without success; null otherwise, also for what somebody has cancelled'),
  lastAttempt: attemptSummary.nullable().describe('Its newest attempt, in short; null before the first'),
  createdAt: timestamp.describe('When the event was fanned out to the endpoint'),
  updatedAt: timestamp.describe('When it last changed'),
  completedAt: timestamp.nullable().describe('When it succeeded, failed or was cancelled; null while it is under way'),
})
export const deliveryPage = pageOf(delivery)

/** The body of `POST /v1/events/{id}/retry`; no body is `{}`. */
export const retryEvent = z.strictObject({
  endpointId: id
    .exactOptional()
    .describe('To this endpoint only, subscribed or not; absent: to all that subscribe now'),
  onlyFailed: z.boolean().default(false).describe('Spares endpoints that have the event already'),
})

/** The body of `POST /v1/events/{id}/resend`; no body is `{}`. */
export const resendEvent = z.strictObject({
  endpointId: id
    .exactOptional()
    .describe('To this endpoint only, subscribed or not; absent: to all that subscribe now'),
})

export const retriedEvent = z.object({
  eventId: id.describe('The event that is sent again'),
  deliveries: z
    .array(delivery)
    .describe('Its deliveries, those made just now included; with `onlyFailed`, without those that have succeeded'),
})
