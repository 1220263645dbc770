import { z } from 'zod'

export const retryBody = z.looseObject({}).describe('Empty, or no body at all')

const timestamp = z.iso.datetime()
const headers = z.record(z.string(), z.string())

export const retryEnvelope = z.object({
  code: z.literal(200).describe('The HTTP status once more'),
  message: z.literal('Success').describe('The same in words'),
  requestId: z.string().describe('Finds the call in the log; also in `x-request-id`'),
  data: z
    .object({
      id: z.string().describe('The delivery’s id'),
      organizationId: z.string().describe('The tenant’s id'),
      url: z.string().describe('Where it is sent'),
      method: z.literal('POST').describe('How it is sent'),
      status: z
        .enum(['pending', 'success', 'failure', 'retrying'])
        .describe('`pending`: never tried; `retrying`: tried, and to be tried again; the others are ends'),
      requestHeaders: headers.describe('What was sent last; before any attempt, what is known of it. Secrets redacted'),
      requestBody: z.unknown().describe('The body that is sent'),
      responseStatus: z.int().nullable().describe('HTTP status of the last attempt; null without an answer'),
      responseHeaders: headers.nullable().describe('Of the last attempt; null without an answer'),
      responseBody: z.string().nullable().describe('Of the last attempt, up to 16 KiB; null without an answer'),
      durationMs: z.int().nullable().describe('Milliseconds that the last attempt took; null before any'),
      errorMessage: z.string().nullable().describe('What went wrong in the last attempt; null if nothing did'),
      retryCount: z.int().describe('Attempts after the first'),
      maxRetries: z.int().describe('How many retries there will be if every one fails'),
      nextRetryAt: timestamp.nullable().describe('When the next attempt is due; null if none is planned'),
      createdAt: timestamp.describe('When the delivery was made'),
      updatedAt: timestamp.describe('When it last changed'),
      runId: z.string().nullable().describe('From the event’s metadata; null if it is not there'),
      nodeId: z.string().nullable().describe('From the event’s metadata; null if it is not there'),
      workflowId: z.string().nullable().describe('From the event’s metadata; null if it is not there'),
    })
    .describe('The delivery after its retry was queued'),
})
