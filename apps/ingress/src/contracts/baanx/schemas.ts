import { EVENT_TYPE, isUuid } from '@redrive/core'
import { z } from 'zod'
import { cursors, pageQuery } from '@redrive/contracts'

export const STATUS_WORDS = ['pending', 'retrying', 'delivered', 'failed', 'cancelled'] as const
const status = z.enum(STATUS_WORDS)
const timestamp = z.iso.datetime()
const webhookId = z.uuid().describe('The endpoint’s id')
const responseStatus = z.int().nullable().describe('HTTP status of the last answer; null without one')

export const retryBody = z.looseObject({
  webhookId: z
    .string('webhookId must be a valid UUID')
    .refine(isUuid, 'webhookId must be a valid UUID')
    .exactOptional()
    .describe('To this webhook only, subscribed or not; absent: to all active ones that subscribe'),
})

function success<T extends z.ZodType>(data: T) {
  return z.object({ success: z.literal(true).describe('It was'), data: data.describe('What was asked for') })
}

export const retried = success(
  z.object({
    eventId: z.uuid().describe('The event’s id'),
    webhookCount: z.int().describe('To so many webhooks it is sent again; 0 if nobody subscribes'),
    message: z.string().describe('The same in a sentence'),
  }),
)

const eventHead = {
  eventId: z.uuid().describe('The event’s id'),
  type: z.string().describe('The event’s type'),
  status: status.describe('The worst that it has come to at one of its webhooks; `pending` without any'),
  createdAt: timestamp.describe('When it was published'),
}

export const eventStatus = success(
  z.object({
    ...eventHead,
    webhooks: z
      .array(
        z.object({
          webhookId,
          url: z.string().describe('Where it is sent'),
          status: status.describe('What has become of it there; `pending` also while it is being sent'),
          attempts: z.int().describe('How often it was tried'),
          responseStatus,
          nextAttemptAt: timestamp.nullable().describe('When the next attempt is due; null if none is planned'),
        }),
      )
      .describe('Each webhook that the event goes to'),
  }),
)

export const eventLogs = success(
  z.object({
    eventId: z.uuid().describe('The event’s id'),
    logs: z
      .array(
        z.object({
          id: z.uuid().describe('The attempt’s id'),
          webhookId,
          attempt: z.int().describe('Which attempt at this webhook it was, from 1'),
          status: z.enum(['delivered', 'failed']).describe('How it ended'),
          responseStatus,
          responseBody: z.string().nullable().describe('What was answered, up to 16 KiB; null without an answer'),
          error: z.string().nullable().describe('What went wrong, in a sentence; null if nothing did'),
          durationMs: z.int().describe('Milliseconds that it took'),
          attemptedAt: timestamp.describe('When it was begun'),
          nextAttemptAt: timestamp.nullable().describe('When the next was planned for; null if none was'),
        }),
      )
      .describe('The attempts, newest first'),
    ...cursors,
  }),
)

export const listQuery = z.strictObject({
  ...pageQuery.shape,
  type: z
    .string()
    .max(128)
    .regex(EVENT_TYPE, 'type must be an event type')
    .exactOptional()
    .describe('Only events of exactly this type'),
  status: z
    .enum(STATUS_WORDS, `status must be one of ${STATUS_WORDS.join(', ')}`)
    .exactOptional()
    .describe('Only events that have come to this'),
})

export const eventList = success(
  z.object({
    events: z
      .array(z.object({ ...eventHead, webhookCount: z.int().describe('How many webhooks it goes to') }))
      .describe('Newest first'),
    ...cursors,
  }),
)
