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
  hook: integer.describe('The webhook that it goes to: an endpoint’s number, also written as text'),
  instance: z
    .looseObject({
      pk: z
        .union([z.int(), storable(256)], {
          error: (issue) =>
            issue.input === undefined ? 'This field is required.' : 'An integer or a string is required.',
        })
        .describe('Its primary key; a text of up to 256 characters will do'),
      model: storable(128).describe('The name of its model; up to 128 characters'),
      payload: z
        .unknown()
        .exactOptional()
        .describe('What is sent. Absent: the payload of the tenant’s newest event about the same instance, else `{}`'),
    })
    .describe('What the event is about. In a form, JSON text, or `instance[pk]` and `instance[model]`'),
  event_type: eventType
    .refine((type) => !isSystemType(type), 'Types that begin with redrive. are the system’s own.')
    .exactOptional()
    .describe('The event’s type; needed only where the webhook has not exactly one'),
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
    )
    .describe(
      'The `uuid` of an element of the list, or the one in its `request_payload.event`, which goes again to everyone who had it; with or without hyphens',
    ),
})

const datetime = z.iso.datetime()

const webhook = z.object({
  id: z.int().describe('The endpoint’s number'),
  retry_countdown_config: z
    .object({
      choice: z.enum(['exponential', 'linear', 'fixed', 'schedule']).describe('The strategy'),
      kwargs: z
        .record(z.string(), z.union([z.number(), z.array(z.number())]))
        .describe(
          'In seconds. `exponential`: `base`, retry n waits base^n; `linear`: `step`; `fixed`: `delay`; `schedule`: `delays`. `max` caps a wait, `max_retries` their number',
        ),
    })
    .describe('The endpoint’s retry policy in this contract’s words; its jitter is not shown'),
  created_date: datetime.describe('When the endpoint was created'),
  modified_date: datetime.describe('When it last changed'),
  target_url: z.string().describe('Where requests go'),
  is_active: z.boolean().describe('Neither paused nor disabled'),
  secret_key: z.string().describe('The newest signing secret; masked unless the credential may read secrets'),
  event_type: z.string().describe('What it subscribes to, separated by commas'),
  callback: z.string().nullable().describe('Told when a delivery succeeds or finally fails; null: nobody is'),
  additional_headers: z.record(z.string(), z.string()).describe('Added to each request; sensitive values redacted'),
  config: z.record(z.string(), z.unknown()).describe('The endpoint’s metadata'),
})

export const hookEvent = z.object({
  id: z.int().describe('The delivery’s number'),
  uuid: z.uuid().describe('The delivery’s id'),
  webhook: webhook.describe('The endpoint that it goes to'),
  created_date: datetime.describe('When the delivery was made'),
  modified_date: datetime.describe('When it last changed'),
  request_payload: z.unknown().exactOptional().describe('The body that is sent, in the endpoint’s `bodyFormat`'),
  response_content: z
    .union([z.record(z.string(), z.unknown()), z.string()])
    .nullable()
    .describe('The last answer’s body: an object if it parses as one, else the text; null if there was none'),
  response_http_status: z.int().nullable().describe('The last answer’s status; null if there was none'),
  delivered: z.boolean().describe('Whether it has succeeded'),
  request_datetimes: z.array(datetime).describe('When each attempt was sent'),
  retry_count: z.int().nullable().describe('Attempts after the first; null before it'),
  object_id: z
    .union([z.int(), z.string()])
    .nullable()
    .describe('The instance’s primary key, as an integer if it is one; null if it is about none'),
  content_type: z
    .int()
    .nullable()
    .describe('Stands for the instance’s model: the same number for the same name, always; null if it is about none'),
})

export const hookEventPage = z.object({
  count: z.int().describe('How many there are; stays at 100,000 beyond that many'),
  next: z.string().nullable().describe('URL of the next page; null on the last'),
  previous: z.string().nullable().describe('URL of the page before; null on the first'),
  results: z.array(hookEvent).describe('Newest first'),
})

/** As the framework does: what it does not know it passes over. */
export const listQuery = z.looseObject({
  page: z.string().default('1').describe('Which page, from 1; 404 beyond the last'),
  page_size: z.string().default('').describe('How many on a page: 50 unless it is said, at most 250'),
})
