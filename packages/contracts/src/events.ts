import {
  DELIVERY_STATUSES,
  EVENT_STATUSES,
  EVENT_TYPE,
  EVENT_TYPE_PATTERN,
  MAX_EVENT_TYPE_LENGTH,
  isSystemType,
} from '@redrive/core'
import { z } from 'zod'
import { pageOf, periodQuery } from './lists.ts'
import { fieldProblem } from './problem.ts'
import { id, metadata, text } from './text.ts'
import { instant, timestamp } from './time.ts'

const MAX_BATCH = 1000

const channel = text(1, 128)
const subject = z.strictObject({ type: text(1, 128), id: text(1, 256) })

/** A type that names one kind of event, the system's own included. */
export const eventType = z
  .string()
  .max(MAX_EVENT_TYPE_LENGTH)
  .regex(EVENT_TYPE, 'An event type is made of letters, digits, _ and -, in parts separated by single dots')

/** A type that a producer may publish. */
export const producedType = eventType.refine(
  (type) => !isSystemType(type),
  'Types that begin with redrive. are the system’s own',
)

/** Also the rule for the header `Idempotency-Key`. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'An idempotency key is 1 to 255 visible ASCII characters, without spaces')

/** The payload is checked only to be there: what is kept is its text in the request's body. */
export const publishEvent = z
  .strictObject({
    type: producedType,
    payload: z.unknown().refine((payload) => payload !== undefined, 'This is required; any JSON value will do'),
    channel: channel.nullable().default(null),
    subject: subject.nullable().default(null),
    metadata: metadata.default({}),
    idempotencyKey: idempotencyKey.nullable().default(null),
    endpointId: id.nullable().default(null),
    deliverAt: instant.nullable().default(null),
    expiresAt: instant.nullable().default(null),
  })
  .refine((event) => event.expiresAt === null || event.deliverAt === null || event.deliverAt < event.expiresAt, {
    path: ['expiresAt'],
    error: 'expiresAt must be after deliverAt',
  })
export type PublishEvent = z.infer<typeof publishEvent>

/** Each entry is validated by itself as a `publishEvent`, so that one bad entry does not refuse the others. */
export const publishBatch = z.strictObject({
  events: z
    .array(z.unknown())
    .min(1)
    .max(MAX_BATCH, `A batch has at most ${String(MAX_BATCH)} events`),
})

/** One result for each entry of the batch, in its order. */
export const publishedBatch = z.object({
  data: z.array(
    z.union([
      z.object({ id }),
      z.object({
        error: z.object({ status: z.int(), detail: z.string(), errors: z.array(fieldProblem).exactOptional() }),
      }),
    ]),
  ),
})

export const listEvents = periodQuery({
  type: z
    .string()
    .max(MAX_EVENT_TYPE_LENGTH + 2)
    .regex(EVENT_TYPE_PATTERN, 'Expected an event type (order.shipped) or a prefix (order.*)')
    .exactOptional(),
  channel: channel.exactOptional(),
  subjectType: subject.shape.type.exactOptional(),
  subjectId: subject.shape.id.exactOptional(),
})

export const event = z.object({
  id,
  tenantId: id,
  type: z.string(),
  channel: z.string().nullable(),
  subject: z.object({ type: z.string(), id: z.string() }).nullable(),
  metadata: z.record(z.string(), z.string()),
  idempotencyKey: z.string().nullable(),
  sourceEventId: id.nullable(),
  createdAt: timestamp,
  deliverAt: timestamp.nullable(),
  expiresAt: timestamp.nullable(),
  status: z.enum(EVENT_STATUSES),
})
export const eventPage = pageOf(event)

/** With its payload, byte for byte as it was published, and the number of its deliveries by status. */
export const eventDetail = event.extend({
  payload: z.unknown(),
  deliveries: z
    .object({ total: z.int() })
    .catchall(z.int())
    .describe(`total, and each of ${DELIVERY_STATUSES.join(', ')}`),
})
