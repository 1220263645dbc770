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
const subject = z.strictObject({
  type: text(1, 128).describe('What sort of thing, like `order`; up to 128 characters'),
  id: text(1, 256).describe('Which one, in your own terms; up to 256 characters'),
})

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
    type: producedType.describe(
      'What happened, like `order.shipped`: letters, digits, `_` and `-`, in parts separated by single dots; up to 128 characters. `redrive.…` is Redrive’s own',
    ),
    payload: z
      .unknown()
      .refine((payload) => payload !== undefined, 'This is required; any JSON value will do')
      .describe('Any JSON value, up to 256 KiB unless it is configured; its bytes are kept as they come'),
    channel: channel
      .nullable()
      .default(null)
      .describe('Endpoints that name channels get it only if they name this one; up to 128 characters'),
    subject: subject.nullable().default(null).describe('What it is about, for finding it again'),
    metadata: metadata
      .default({})
      .describe('Labels of your own: at most 50, names of up to 64 characters, values of up to 1,024'),
    idempotencyKey: idempotencyKey
      .nullable()
      .default(null)
      .describe(
        'Makes the call safe to repeat: the same key with the same content is answered with the first event, for 24 hours at least. 1 to 255 visible ASCII characters, without spaces',
      ),
    endpointId: id
      .nullable()
      .default(null)
      .describe('To this endpoint only, subscribed or not; null: to all that subscribe'),
    deliverAt: instant
      .nullable()
      .default(null)
      .describe('Not before this moment, to who subscribes then; null: at once'),
    expiresAt: instant
      .nullable()
      .default(null)
      .describe('What has not been delivered by then is cancelled; must lie ahead, after `deliverAt`. Null: never'),
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
    .max(MAX_BATCH, `A batch has at most ${String(MAX_BATCH)} events`)
    .describe(
      '1 to 1,000 events, each as for `POST /v1/events`; a bad one is answered at its place and hinders no other',
    ),
})

/** One result for each entry of the batch, in its order. */
export const publishedBatch = z.object({
  data: z
    .array(
      z.union([
        z.object({ id: id.describe('The event’s id: it is committed') }),
        z.object({
          error: z
            .object({
              status: z.int().describe('The HTTP status that it would have had by itself'),
              detail: z.string().describe('What is wrong, in a sentence'),
              errors: z.array(fieldProblem).exactOptional().describe('What is wrong, field by field'),
            })
            .describe('Why this one was not taken'),
        }),
      ]),
    )
    .describe('One result for each event, in their order'),
})

export const listEvents = periodQuery({
  type: z
    .string()
    .max(MAX_EVENT_TYPE_LENGTH + 2)
    .regex(EVENT_TYPE_PATTERN, 'Expected an event type (order.shipped) or a prefix (order.*)')
    .exactOptional()
    .describe(
      'Only of this type, or of types with this prefix (`order.*`). Redrive’s own are listed by `redrive.*` only',
    ),
  channel: channel.exactOptional().describe('Only of this channel'),
  subjectType: subject.shape.type.exactOptional().describe('Only about things of this sort'),
  subjectId: subject.shape.id.exactOptional().describe('Only about the thing with this id'),
})

export const event = z.object({
  id: id.describe('The event’s id; receivers get it as `webhook-id`, the same on every attempt'),
  tenantId: id.describe('The tenant that it belongs to'),
  type: z.string().describe('What happened'),
  channel: z.string().nullable().describe('The channel that it was published to; null: none'),
  subject: z
    .object({ type: z.string().describe('What sort of thing'), id: z.string().describe('Which one') })
    .nullable()
    .describe('What it is about; null if that was not said'),
  metadata: z.record(z.string(), z.string()).describe('Its publisher’s own labels'),
  idempotencyKey: z.string().nullable().describe('The key that it was published with; null: none'),
  sourceEventId: id
    .nullable()
    .describe('The first event, where this one was made by resending; null for one that was published'),
  createdAt: timestamp.describe('When it was published'),
  deliverAt: timestamp.nullable().describe('Deliveries are made at this moment; null: at once'),
  expiresAt: timestamp.nullable().describe('What has not been delivered by then is cancelled; null: never'),
  status: z
    .enum(EVENT_STATUSES)
    .describe(
      '`scheduled`: its `deliverAt` lies ahead; `pending`: not fanned out yet; `dispatched`: it has its deliveries, if anybody subscribed',
    ),
})
export const eventPage = pageOf(event)

/** With its payload, byte for byte as it was published, and the number of its deliveries by status. */
export const eventDetail = event.extend({
  payload: z.unknown().describe('As it was published, byte for byte'),
  deliveries: z
    .object({ total: z.int().describe('All of its deliveries') })
    .catchall(z.int())
    .describe(`How many deliveries it has: in total, and in each of ${DELIVERY_STATUSES.join(', ')}`),
})
