import { createHash } from 'node:crypto'
import { type BodyFormat, type Delivery, envelope, parseJson } from '@redrive/core'
import type { DeliveryHistory } from '@redrive/store'
import type { Webhook } from './webhook.ts'

/** A receiver may answer what is nested so deep that it could be parsed, but not be written again. */
const MAX_DEPTH = 128

/** An oms_hook_event, as JSON text: the body that is sent stands in it byte for byte. */
export function renderHookEvent(
  delivery: Delivery,
  { event, payload, attemptedAt, response }: DeliveryHistory,
  webhook: Webhook,
  bodyFormat: BodyFormat,
): string {
  const { body } = envelope(bodyFormat, { ...event, payload })
  const members = {
    id: delivery.number,
    uuid: delivery.id,
    webhook,
    created_date: delivery.createdAt,
    modified_date: delivery.updatedAt,
    response_content: response === null || response.body === '' ? null : contentOf(response.body),
    response_http_status: response?.status ?? null,
    delivered: delivery.status === 'succeeded',
    request_datetimes: attemptedAt,
    retry_count: delivery.attemptCount === 0 ? null : delivery.attemptCount - 1,
    object_id: event.subject === null ? null : objectId(event.subject.id),
    content_type: event.subject === null ? null : contentType(event.subject.type),
  }
  return `${JSON.stringify(members).slice(0, -1)},"request_payload":${body}}`
}

/** An object if it parses as one, else the text. */
function contentOf(body: string): unknown {
  const parsed = parseJson(body, { maxDepth: MAX_DEPTH })
  if (parsed.kind === 'problem') return body
  const { value } = parsed
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : body
}

function objectId(id: string): number | string {
  const number = Number(id)
  return Number.isSafeInteger(number) && String(number) === id ? number : id
}

/** The same for the same model name, always and everywhere: 31 bits of its hash. */
function contentType(model: string): number {
  return createHash('sha256').update(model).digest().readUInt32BE(0) >>> 1
}
