import { EVENT_TYPE, isUuid } from '@redrive/core'
import { z } from 'zod'
import { pageQuery } from '@redrive/contracts'

export const STATUS_WORDS = ['pending', 'retrying', 'delivered', 'failed', 'cancelled'] as const
const status = z.enum(STATUS_WORDS)
const timestamp = z.iso.datetime()
const cursors = { nextCursor: z.string().nullable(), prevCursor: z.string().nullable() }

export const retryBody = z.looseObject({
  webhookId: z
    .string('webhookId must be a valid UUID')
    .refine(isUuid, 'webhookId must be a valid UUID')
    .exactOptional(),
})

function success<T extends z.ZodType>(data: T) {
  return z.object({ success: z.literal(true), data })
}

export const retried = success(z.object({ eventId: z.uuid(), webhookCount: z.int(), message: z.string() }))

const eventHead = {
  eventId: z.uuid(),
  type: z.string(),
  status,
  createdAt: timestamp,
}

export const eventStatus = success(
  z.object({
    ...eventHead,
    webhooks: z.array(
      z.object({
        webhookId: z.uuid(),
        url: z.string(),
        status,
        attempts: z.int(),
        responseStatus: z.int().nullable(),
        nextAttemptAt: timestamp.nullable(),
      }),
    ),
  }),
)

export const eventLogs = success(
  z.object({
    eventId: z.uuid(),
    logs: z.array(
      z.object({
        id: z.uuid(),
        webhookId: z.uuid(),
        attempt: z.int(),
        status: z.enum(['delivered', 'failed']),
        responseStatus: z.int().nullable(),
        responseBody: z.string().nullable(),
        error: z.string().nullable(),
        durationMs: z.int(),
        attemptedAt: timestamp,
        nextAttemptAt: timestamp.nullable(),
      }),
    ),
    ...cursors,
  }),
)

export const listQuery = z.strictObject({
  ...pageQuery.shape,
  type: z.string().max(128).regex(EVENT_TYPE, 'type must be an event type').exactOptional(),
  status: z.enum(STATUS_WORDS, `status must be one of ${STATUS_WORDS.join(', ')}`).exactOptional(),
})

export const eventList = success(
  z.object({ events: z.array(z.object({ ...eventHead, webhookCount: z.int() })), ...cursors }),
)
