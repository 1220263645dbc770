import { ATTEMPT_ERROR_CODES, BULK_RETRY_STATUSES, type BulkRetryRequest, RETRYABLE_STATUSES } from '@redrive/core'
import { z } from 'zod'
import { eventType } from './events.ts'
import { isForwards, pageOf } from './lists.ts'
import { id } from './text.ts'
import { instant, timestamp } from './time.ts'

const failureCode = z.enum([...ATTEMPT_ERROR_CODES, 'expired', 'endpoint_disabled', 'endpoint_deleted'])
const mode = z.enum(['policy', 'once'])
const REVERSED = { path: ['until'], error: 'until must not be before since' }

const filter = z
  .strictObject({
    /** absent: `failed` */
    status: z.enum(RETRYABLE_STATUSES).exactOptional(),
    endpointId: id.exactOptional(),
    eventType: eventType.exactOptional(),
    /** by when deliveries were made: inclusive */
    since: instant.exactOptional(),
    /** exclusive */
    until: instant.exactOptional(),
    /** the last attempt's, or what ended the delivery without one */
    errorCode: failureCode.exactOptional(),
  })
  .refine(isForwards, REVERSED)

/** The body of `POST /v1/retries`. */
export const startBulkRetry = z
  .strictObject({
    filter,
    mode: mode.default('policy'),
    /** makes deliveries for past events that the endpoint never got, instead of queueing those that are there */
    onlyMissing: z.boolean().default(false),
    /** only counts */
    dryRun: z.boolean().default(false),
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
  .strictObject({ since: instant, until: instant.exactOptional() })
  .refine(isForwards, REVERSED)

/** What was asked for, with its defaults. */
export function bulkRetryRequest({ filter: asked, mode: askedMode, onlyMissing }: StartBulkRetry): BulkRetryRequest {
  const { status = 'failed', endpointId = null, eventType: type = null, since = null, until = null } = asked
  const { errorCode = null } = asked
  return { filter: { status, endpointId, eventType: type, since, until, errorCode }, mode: askedMode, onlyMissing }
}

export const bulkRetry = z.object({
  id,
  status: z.enum(BULK_RETRY_STATUSES),
  filter: z.object({
    status: z.enum(RETRYABLE_STATUSES).nullable(),
    endpointId: id.nullable(),
    eventType: z.string().nullable(),
    since: timestamp.nullable(),
    until: timestamp.nullable(),
    errorCode: failureCode.nullable(),
  }),
  mode,
  onlyMissing: z.boolean(),
  matched: z
    .int()
    .describe('Counted when it was asked for, for a few seconds at most; of more than that it grows while it runs'),
  queued: z.int(),
  /** could not be queued any more: retried by others, expired, or their endpoint is disabled or deleted */
  skipped: z.int(),
  createdAt: timestamp,
  completedAt: timestamp.nullable(),
})
export const bulkRetryPage = pageOf(bulkRetry)

/** A dry run's answer, which has no id; else the bulk retry. */
export const startedBulkRetry = z.union([
  bulkRetry,
  z.object({
    matched: z.int(),
    more: z.literal(true).describe('Counting stopped after a few seconds: at least so many match').exactOptional(),
  }),
])
