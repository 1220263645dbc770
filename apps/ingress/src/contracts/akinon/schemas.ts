import { eventType } from '@redrive/contracts'
import { isStorable, isSystemType } from '@redrive/core'
import { z } from 'zod'

/** Forms, and some callers, write integers as text. */
const integer = z.union(
  [
    z.int(),
    z
      .string()
      .regex(/^ *[0-9]{1,15} *$/)
      .transform(Number),
  ],
  {
    error: (issue) => (issue.input === undefined ? 'This field is required.' : 'A valid integer is required.'),
  },
)

const storable = (max: number) => z.string().min(1).max(max).refine(isStorable, 'Null characters are not allowed.')

export const publishBody = z.looseObject({
  hook: integer,
  instance: z.looseObject({
    pk: z.union([z.int(), storable(256)], {
      error: (issue) => (issue.input === undefined ? 'This field is required.' : 'An integer or a string is required.'),
    }),
    model: storable(128),
    payload: z.unknown().exactOptional(),
  }),
  event_type: eventType
    .refine((type) => !isSystemType(type), 'Types that begin with redrive. are the system’s own.')
    .exactOptional(),
})

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** With or without hyphens; read as with. */
export const resendBody = z.looseObject({
  event: z
    .string('Must be a valid UUID.')
    .refine((text) => UUID.test(text), 'Must be a valid UUID.')
    .transform((text) =>
      text
        .replaceAll('-', '')
        .toLowerCase()
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    ),
})

const datetime = z.iso.datetime()

const webhook = z.object({
  id: z.int(),
  retry_countdown_config: z.object({
    choice: z.enum(['exponential', 'linear', 'fixed', 'schedule']),
    kwargs: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
  }),
  created_date: datetime,
  modified_date: datetime,
  target_url: z.string(),
  is_active: z.boolean(),
  secret_key: z.string(),
  event_type: z.string(),
  callback: z.string().nullable(),
  additional_headers: z.record(z.string(), z.string()),
  config: z.record(z.string(), z.unknown()),
})

export const hookEvent = z.object({
  id: z.int(),
  uuid: z.uuid(),
  webhook,
  created_date: datetime,
  modified_date: datetime,
  request_payload: z.unknown().exactOptional(),
  response_content: z.union([z.record(z.string(), z.unknown()), z.string()]).nullable(),
  response_http_status: z.int().nullable(),
  delivered: z.boolean(),
  request_datetimes: z.array(datetime),
  retry_count: z.int().nullable(),
  object_id: z.union([z.int(), z.string()]).nullable(),
  content_type: z.int().nullable(),
})

export const hookEventPage = z.object({
  count: z.int(),
  next: z.string().nullable(),
  previous: z.string().nullable(),
  results: z.array(hookEvent),
})

/** As the framework does: what it does not know it passes over. */
export const listQuery = z.looseObject({ page: z.string().default('1'), page_size: z.string().default('') })
