import { z } from 'zod'

export const retryBody = z.looseObject({}).describe('Empty, or no body at all')

const timestamp = z.iso.datetime()
const headers = z.record(z.string(), z.string())

export const retryEnvelope = z.object({
  code: z.literal(200),
  message: z.literal('Success'),
  requestId: z.string(),
  data: z.object({
    id: z.string(),
    organizationId: z.string(),
    url: z.string(),
    method: z.literal('POST'),
    status: z.enum(['pending', 'success', 'failure', 'retrying']),
    requestHeaders: headers,
    requestBody: z.unknown(),
    responseStatus: z.int().nullable(),
    responseHeaders: headers.nullable(),
    responseBody: z.string().nullable(),
    durationMs: z.int().nullable(),
    errorMessage: z.string().nullable(),
    retryCount: z.int(),
    maxRetries: z.int(),
    nextRetryAt: timestamp.nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
    runId: z.string().nullable(),
    nodeId: z.string().nullable(),
    workflowId: z.string().nullable(),
  }),
})
