import { BODY_FORMATS, ENDPOINT_STATUSES, EVENT_TYPE_PATTERN, MAX_EVENT_TYPE_LENGTH, checkSecret } from '@redrive/core'
import { z } from 'zod'
import { pageOf } from './lists.ts'
import { addedHeaders, changedHeaders, eventFilter, receiverUrl, signature } from './receiver.ts'
import { retryPolicy } from './retry-policy.ts'
import { id, metadata, text } from './text.ts'
import { timestamp } from './time.ts'

const typePattern = z
  .string()
  .max(MAX_EVENT_TYPE_LENGTH + 2)
  .regex(EVENT_TYPE_PATTERN, 'Expected an event type (order.shipped), a prefix (order.*) or *')

const settings = {
  url: receiverUrl,
  description: text(0, 1000),
  metadata,
  eventTypes: z.array(typePattern).min(1, 'An endpoint needs at least one event type; ["*"] takes all').max(100),
  channels: z.array(text(1, 128)).max(100),
  filter: eventFilter.nullable(),
  status: z.enum(ENDPOINT_STATUSES),
  signature,
  bodyFormat: z.enum(BODY_FORMATS),
  headers: addedHeaders,
  retryPolicy: retryPolicy.nullable(),
  timeoutSeconds: z.number().min(1).max(60),
  rateLimit: z
    .strictObject({ limit: z.int().min(1).max(1_000_000), perSeconds: z.int().min(1).max(86_400) })
    .nullable(),
  maxConcurrency: z.int().min(1).max(10_000).nullable(),
  ordering: z.enum(['none', 'fifo']),
  disableAfterSeconds: z.int().min(1).max(2_592_000).nullable(),
  callbackUrl: receiverUrl.nullable(),
}

export const signingSecret = z.string().superRefine((secret, context) => {
  const problem = checkSecret(secret)
  if (problem !== null) context.addIssue(problem)
})

/** `retryPolicy: null` and no `timeoutSeconds` are the installation's defaults; without `secret` one is generated. */
export const createEndpoint = z.strictObject({
  ...settings,
  secret: signingSecret.exactOptional(),
  description: settings.description.default(''),
  metadata: settings.metadata.default({}),
  eventTypes: settings.eventTypes.default(['*']),
  channels: settings.channels.default([]),
  filter: settings.filter.default(null),
  status: settings.status.default('active'),
  signature: settings.signature.default({ scheme: 'standard' }),
  bodyFormat: settings.bodyFormat.default('raw'),
  headers: settings.headers.default({}),
  retryPolicy: settings.retryPolicy.default(null),
  timeoutSeconds: settings.timeoutSeconds.exactOptional(),
  rateLimit: settings.rateLimit.default(null),
  maxConcurrency: settings.maxConcurrency.default(null),
  ordering: settings.ordering.default('none'),
  disableAfterSeconds: settings.disableAfterSeconds.default(432_000),
  callbackUrl: settings.callbackUrl.default(null),
})

/** What is left out stays as it is. */
export const updateEndpoint = z.strictObject({
  url: settings.url.exactOptional(),
  description: settings.description.exactOptional(),
  metadata: settings.metadata.exactOptional(),
  eventTypes: settings.eventTypes.exactOptional(),
  channels: settings.channels.exactOptional(),
  filter: settings.filter.exactOptional(),
  status: settings.status.exactOptional(),
  signature: settings.signature.exactOptional(),
  bodyFormat: settings.bodyFormat.exactOptional(),
  headers: changedHeaders.exactOptional(),
  retryPolicy: settings.retryPolicy.exactOptional(),
  timeoutSeconds: settings.timeoutSeconds.exactOptional(),
  rateLimit: settings.rateLimit.exactOptional(),
  maxConcurrency: settings.maxConcurrency.exactOptional(),
  ordering: settings.ordering.exactOptional(),
  disableAfterSeconds: settings.disableAfterSeconds.exactOptional(),
  callbackUrl: settings.callbackUrl.exactOptional(),
})

/** A plain value, or that there is a sensitive one, which is never shown again. */
const shownHeader = z.union([z.string(), z.object({ value: z.null(), sensitive: z.literal(true) })])

export const endpoint = z.object({
  ...settings,
  id,
  number: z.int(),
  tenantId: id,
  headers: z.record(z.string(), shownHeader),
  /** the one that applies, the installation's default included */
  retryPolicy,
  disabledReason: z.string().nullable(),
  disabledAt: timestamp.nullable(),
  health: z.object({
    state: z.enum(['ok', 'failing', 'open']),
    since: timestamp.nullable(),
    consecutiveFailures: z.int(),
    nextProbeAt: timestamp.nullable(),
  }),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export const endpointPage = pageOf(endpoint)

/** With the signing secret, which later is shown by `GET /v1/endpoints/{id}/secret` only. */
export const createdEndpoint = endpoint.extend({ secret: z.string() })

export const endpointSecret = z.object({ secret: z.string() })
