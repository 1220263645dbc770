import { eventType, idempotencyKey } from '@redrive/contracts'
import { isStorable, parseJson } from '@redrive/core'
import { z } from 'zod'

const MAX_DEPTH = 128

const text = (max: number) =>
  z.string().min(1).max(max).refine(isStorable, 'NUL and lone surrogates are not allowed here')

/** The published example's payload is a text that holds an object. */
const payload = z.union([z.record(z.string(), z.unknown()), z.string().refine(holdsObject)], {
  error: (issue) =>
    issue.input === undefined ? 'This is required' : 'must be an object, or a string that holds a JSON object',
})

function holdsObject(json: string): boolean {
  const parsed = parseJson(json, { maxDepth: MAX_DEPTH })
  return (
    parsed.kind === 'value' && typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value)
  )
}

export const retriggerBody = z.looseObject({
  channel: text(128),
  tenant: text(128),
  event: eventType,
  payload,
  eventRequestId: idempotencyKey,
  orderNumber: text(256).exactOptional(),
  apiVersion: text(64).exactOptional(),
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
    statusCodeValue: z.literal(200),
    statusCode: z.literal('OK'),
    webhookId: z.uuid(),
    deliveryId: z.uuid(),
  }),
)
