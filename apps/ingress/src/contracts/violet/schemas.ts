import { z } from 'zod'

const timestamp = z.iso.datetime().nullable()

export const resentEvent = z.object({
  id: z.int().describe('The new delivery’s number'),
  app_id: z.int().describe('The tenant’s number'),
  webhook_id: z.int().describe('The endpoint’s number'),
  entity_id: z.int().nullable().describe('What the event is about, where that is an integer; else null'),
  entity_external_id: z.string().nullable().describe('The same as its producer wrote it; null if it is about nothing'),
  status_code: z.int().nullable().describe('Null: the answer shows the event as it was made'),
  response: z.string().nullable().describe('Null: the answer shows the event as it was made'),
  event_type: z.string().describe('The event’s type, as its tenant writes it'),
  remote_endpoint: z.string().describe('Where it is sent'),
  attempts: z.int().describe('0: the answer shows the event as it was made'),
  status: z
    .enum(['CREATED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELLED'])
    .describe('`CREATED`: the answer shows the event as it was made, even if it has been sent by then'),
  date_created: timestamp.describe('When it was made'),
  date_last_modified: timestamp.describe('The same'),
  date_next_attempt: timestamp.describe('The same: it is sent at once'),
})
