import { eventType, idempotencyKey } from '@redrive/contracts'
import { isStorable, parseJson } from '@redrive/core'
import { z } from 'zod'

const MAX_DEPTH = 128

const storable = z.string().refine(isStorable, 'NUL and lone surrogates are not allowed here')
const text = (max: number) => storable.min(1).max(max)

const PAYLOAD_RULE = 'must be an object, or a string that holds a JSON object'
/** The published example's payload is a text that holds an object. */
const payload = z.union([z.record(z.string(), z.unknown()), storable.refine(holdsObject, PAYLOAD_RULE)], {
  error: (issue) => (issue.input === undefined ? 'This is required' : PAYLOAD_RULE),
})

function holdsObject(json: string): boolean {
  const parsed = parseJson(json, { maxDepth: MAX_DEPTH })
  return (
    parsed.kind === 'value' && typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value)
  )
}

export const retriggerBody = z.looseObject({
  channel: text(128).describe('Only to endpoints of this channel, and to those that name none'),
  tenant: text(128).describe('The credential’s tenant, by id or slug; an operator’s may name any'),
  event: eventType.describe('The event’s type, like `ORDER_CREATED`'),
  payload: payload.describe(
    'What is sent if the event is new; else it must equal the stored one, as a JSON value. An object, or a text that holds one',
  ),
  eventRequestId: idempotencyKey.describe(
    'The producer’s own id of the event, which native calls know as its idempotency key',
  ),
  orderNumber: text(256).exactOptional().describe('The order that a new event is about'),
  apiVersion: text(64).exactOptional().describe('Kept with a new event as metadata'),
})

/** The header `x-site-context`, once it has been parsed. */
export const siteContext = z.looseObject({
  account: z.string().length(24, 'account must have 24 characters'),
  channel: z.union([z.number(), z.string()]).exactOptional(),
  stage: z.string().exactOptional(),
  date: z.union([z.iso.datetime({ offset: true, local: true }), z.iso.date()], 'date must be ISO 8601').exactOptional(),
})

export const retriggered = z.array(
  z.object({
    statusCodeValue: z.literal(200).describe('Queued durably, which is not delivered yet'),
    statusCode: z.literal('OK').describe('The same in words'),
    webhookId: z.uuid().describe('The endpoint that it is queued to'),
    deliveryId: z.uuid().describe('The delivery, for looking it up'),
  }),
)
