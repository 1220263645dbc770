import { BODY_FORMATS, ENDPOINT_STATUSES, EVENT_TYPE_PATTERN, MAX_EVENT_TYPE_LENGTH, checkSecret } from '@redrive/core'
import { z } from 'zod'
import { pageOf } from './lists.ts'
import { addedHeaders, changedHeaders, eventFilter, hiddenHeader, receiverUrl, signature } from './receiver.ts'
import { retryPolicy } from './retry-policy.ts'
import { id, metadata, text } from './text.ts'
import { timestamp } from './time.ts'

const typePattern = z
  .string()
  .max(MAX_EVENT_TYPE_LENGTH + 2)
  .regex(EVENT_TYPE_PATTERN, 'Expected an event type (order.shipped), a prefix (order.*) or *')

const settings = {
  url: receiverUrl.describe(
    'Where requests go: http or https, without user and password. The address policy is applied now and at each connection',
  ),
  description: text(0, 1000).describe('For people; up to 1,000 characters'),
  metadata: metadata.describe('Labels of your own: at most 50, names of up to 64 characters, values of up to 1,024'),
  eventTypes: z
    .array(typePattern)
    .min(1, 'An endpoint needs at least one event type; ["*"] takes all')
    .max(100)
    .describe(
      'Which events it gets: exact types, prefixes with a final `.*`, or `*` for all but Redrive’s own (`redrive.*`)',
    ),
  channels: z.array(text(1, 128)).max(100).describe('Only events of one of these channels; empty: no restriction'),
  filter: eventFilter
    .nullable()
    .describe(
      'Conditions on the payload, by dot paths from its root: `{"data.total": {"$gte": 100}}`. `$eq $ne $in $nin $gt $gte $lt $lte $exists $and $or $not`. Null: any payload',
    ),
  status: z
    .enum(ENDPOINT_STATUSES)
    .describe(
      '`paused`: deliveries are kept and go out on resume. `disabled`: it gets no events, and what waits fails',
    ),
  signature: signature.describe('How requests are signed'),
  bodyFormat: z
    .enum(BODY_FORMATS)
    .describe(
      'What a request’s body is. `raw`: the payload’s bytes; `standard`: `{type, timestamp, data}`; `akinon`: `{event: {type, uuid}, payload}`; `cloudevents`: CloudEvents 1.0, structured mode',
    ),
  headers: addedHeaders.describe(
    'Added to each request: at most 50. A text, or `{value, sensitive: true}` for what is never to be shown again. Names that HTTP or Redrive sets are refused',
  ),
  retryPolicy: retryPolicy.nullable().describe('When failures are tried again; null: by the installation’s default'),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(60)
    .describe('Deadline of a request, over everything from the lookup of the name to the end of the answer'),
  rateLimit: z
    .strictObject({
      limit: z.int().min(1).max(1_000_000).describe('Requests at most'),
      perSeconds: z.int().min(1).max(86_400).describe('In any span of so many seconds'),
    })
    .nullable()
    .describe('What exceeds it waits, which is no attempt; null: no limit'),
  maxConcurrency: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .describe(
      'Requests in flight to it at a time, over all workers; null: as many as fairness to other endpoints allows',
    ),
  ordering: z
    .enum(['none', 'fifo'])
    .describe('`fifo`: one at a time in the order of publishing; one that fails holds the rest until it has ended'),
  disableAfterSeconds: z
    .int()
    .min(1)
    .max(2_592_000)
    .nullable()
    .describe('Failing for so long without one success disables it; up to 30 days, null: never'),
  callbackUrl: receiverUrl
    .nullable()
    .describe('Told, signed with the endpoint’s secrets, when a delivery succeeds or finally fails; null: nobody is'),
}

export const signingSecret = z.string().superRefine((secret, context) => {
  const problem = checkSecret(secret)
  if (problem !== null) context.addIssue(problem)
})
const shownSecret = z
  .string()
  .describe('What signs its requests: `whsec_…` (HMAC-SHA256) or `whsk_…` (ed25519, whose public half verifies)')

/** `retryPolicy: null` and no `timeoutSeconds` are the installation's defaults; without `secret` one is generated. */
export const createEndpoint = z.strictObject({
  ...settings,
  secret: signingSecret
    .exactOptional()
    .describe(
      'What signs its requests: `whsec_` and the base64 of 24 to 64 bytes (HMAC-SHA256), or `whsk_` and that of an ed25519 key of 32 or 64 bytes. Absent: a `whsec_` is generated, and shown in the answer',
    ),
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
  timeoutSeconds: settings.timeoutSeconds
    .exactOptional()
    .describe('Deadline of a request, over everything; absent: the installation’s default, 15 unless it is configured'),
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
  headers: changedHeaders
    .exactOptional()
    .describe(
      'All that are to be added from now on. `{"value": null, "sensitive": true}`, as it is shown, keeps the value that is there',
    ),
  retryPolicy: settings.retryPolicy.exactOptional(),
  timeoutSeconds: settings.timeoutSeconds.exactOptional(),
  rateLimit: settings.rateLimit.exactOptional(),
  maxConcurrency: settings.maxConcurrency.exactOptional(),
  ordering: settings.ordering.exactOptional(),
  disableAfterSeconds: settings.disableAfterSeconds.exactOptional(),
  callbackUrl: settings.callbackUrl.exactOptional(),
})

/** A plain value, or that there is a sensitive one, which is never shown again. */
const shownHeader = z.union([z.string(), z.object(hiddenHeader)])

export const endpoint = z.object({
  ...settings,
  id: id.describe('The endpoint’s id'),
  number: z.int().describe('The same as a number, unique in the installation, for APIs that know endpoints by one'),
  tenantId: id.describe('The tenant that it belongs to'),
  headers: z
    .record(z.string(), shownHeader)
    .describe('Added to each request, by lower-case name; of a sensitive one only that it is there'),
  retryPolicy: retryPolicy.describe('The policy that applies: its own, or the installation’s default'),
  disabledReason: z.string().nullable().describe('Why it was disabled, in words; null unless it is'),
  disabledAt: timestamp.nullable().describe('When it was disabled; null unless it is'),
  health: z
    .object({
      state: z
        .enum(['ok', 'failing', 'open'])
        .describe('`failing`: its last attempt failed. `open`: so many have that only probes are sent'),
      since: timestamp.nullable().describe('Failing since; null while it is `ok`'),
      consecutiveFailures: z.int().describe('Failures since the last success'),
      nextProbeAt: timestamp.nullable().describe('When it is tried next; null unless it is `open`'),
    })
    .describe('How its attempts have gone; made anew when it is made active again'),
  createdAt: timestamp.describe('When it was created'),
  updatedAt: timestamp.describe('When its settings or its status last changed'),
})
export const endpointPage = pageOf(endpoint)

/** With the signing secret, which later is shown by `GET /v1/endpoints/{id}/secret` only. */
export const createdEndpoint = endpoint.extend({ secret: shownSecret })

export const endpointSecret = z.object({ secret: shownSecret })
