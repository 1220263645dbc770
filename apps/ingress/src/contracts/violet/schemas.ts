import { z } from 'zod'

const timestamp = z.iso.datetime().nullable()

export const resentEvent = z.object({
  id: z.int(),
  app_id: z.int(),
  webhook_id: z.int(),
  entity_id: z.int().nullable(),
  entity_external_id: z.string().nullable(),
  status_code: z.int().nullable(),
  response: z.string().nullable(),
  event_type: z.string(),
  remote_endpoint: z.string(),
  attempts: z.int(),
  status: z.enum(['CREATED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELLED']),
  date_created: timestamp,
  date_last_modified: timestamp,
  date_next_attempt: timestamp,
})
