import { ATTEMPT_ERROR_CODES, BULK_RETRY_STATUSES, type BulkRetryRequest, RETRYABLE_STATUSES } from '@redrive/core'
import { z } from 'zod'
import { eventType } from './events.ts'
import { isForwards, pageOf } from './lists.ts'
import { id } from './text.ts'
import { instant, timestamp } from './time.ts'

const failureCode = z.enum([...ATTEMPT_ERROR_CODES, 'expired', 'endpoint_disabled', 'endpoint_deleted'])
const mode = z
  .enum(['policy', 'once'])
  .describe('What a further failure leads to. `policy`: the retry policy starts anew; `once`: nothing more')
const onlyMissing = z
  .boolean()
  .describe('Makes deliveries for past events that the endpoint never got, instead of queueing those that are there')
const REVERSED = { path: ['until'], error: 'until must not be before since' }

const filter = z
  .strictObject({
    status: z
      .enum(RETRYABLE_STATUSES)
      .exactOptional()
      .describe('Only deliveries in this status; `failed` unless it is said. Not with `onlyMissing`'),
    endpointId: id.exactOptional().describe('Only to this endpoint; required with `onlyMissing`'),
    eventType: eventType.exactOptional().describe('Only of events of exactly this type'),
    since: instant.exactOptional().describe('Only events published at this moment or later, and deliveries of these'),
    until: instant.exactOptional().describe('Only events published before this moment, and deliveries of these'),
    errorCode: failureCode
      .exactOptional()
      .describe('Only with this error in the last attempt, or ended by this without one. Not with `onlyMissing`'),
  })
  .refine(isForwards, REVERSED)

/** The body of `POST /v1/retries`. */
export const startBulkRetry = z
  .strictObject({
    filter: filter.describe('Which deliveries; all conditions must hold. `{}` is everything that failed'),
    mode: mode.default('policy'),
    onlyMissing: onlyMissing.default(false),
    dryRun: z.boolean().default(false).describe('Only counts: answered 200 with `matched`, and nothing is sent'),
  })
  .superRefine(({ filter: { endpointId, status, errorCode }, onlyMissing }, context) => {
    if (!onlyMissing) return
    const refuse = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: ['filter', field], message })
    }
    if (endpointId === undefined) refuse('endpointId', 'onlyMissing needs the endpoint that misses them')
    if (status !== undefined) refuse('status', 'What is missing has no status')
    if (errorCode !== undefined) refuse('errorCode', 'What is missing has no error')
  })
export type StartBulkRetry = z.infer<typeof startBulkRetry>

/** The body of `POST /v1/endpoints/{id}/recover`. */
export const recoverEndpoint = z
  .strictObject({
    since: instant.describe('Deliveries of events published at this moment or later'),
    until: instant.exactOptional().describe('Deliveries of events published before this moment; absent: up to now'),
  })
  .refine(isForwards, REVERSED)

/** What was asked for, with its defaults. */
export function bulkRetryRequest({ filter: asked, mode: askedMode, onlyMissing }: StartBulkRetry): BulkRetryRequest {
  const { status = 'failed', endpointId = null, eventType: type = null, since = null, until = null } = asked
  const { errorCode = null } = asked
  return { filter: { status, endpointId, eventType: type, since, until, errorCode }, mode: askedMode, onlyMissing }
}

export const bulkRetry = z.object({
  id: id.describe('The bulk retry’s id'),
  status: z
    .enum(BULK_RETRY_STATUSES)
    .describe('`running` until everything that matched is queued or skipped, or somebody cancels it'),
  filter: z
    .object({
      status: z.enum(RETRYABLE_STATUSES).nullable().describe('Null with `onlyMissing`: what is missing has no status'),
      endpointId: id.nullable().describe('Null: to any endpoint'),
      eventType: z.string().nullable().describe('Null: of any type'),
      since: timestamp.nullable().describe('Inclusive; null: from the beginning'),
      until: timestamp.nullable().describe('Exclusive; null: up to when it was asked for'),
      errorCode: failureCode.nullable().describe('Null: whatever the error'),
    })
    .describe('What was asked for'),
  mode,
  onlyMissing,
  matched: z
    .int()
    .describe('Counted when it was asked for, for a few seconds at most; of more than that it grows while it runs'),
  queued: z.int().describe('So many have been queued so far'),
  skipped: z
    .int()
    .describe('Could not be queued any more: retried by others, expired, or their endpoint is disabled or deleted'),
  createdAt: timestamp.describe('When it was asked for'),
  completedAt: timestamp.nullable().describe('When it completed or was cancelled; null while it runs'),
})
export const bulkRetryPage = pageOf(bulkRetry)

/** A dry run's answer, which has no id; else the bulk retry. */
export const startedBulkRetry = z.union([
  bulkRetry,
  z.object({
    matched: z.int().describe('So many deliveries (with `onlyMissing`, events) match'),
    more: z.literal(true).describe('Counting stopped after a few seconds: at least so many match').exactOptional(),
  }),
])
