import { Prisma } from '../generated/client.ts'

/**
 * Beside a `type`: every pattern that matches it. An endpoint is subscribed if its patterns and these overlap. `*` does
 * not include the system's own events.
 */
export const TYPE_PATTERNS = Prisma.sql`(
  CASE WHEN starts_with(type, 'redrive.') THEN ARRAY[type] ELSE ARRAY['*', type] END || ARRAY(
    SELECT array_to_string((string_to_array(type, '.'))[:n], '.') || '.*'
    FROM generate_series(1, cardinality(string_to_array(type, '.')) - 1) AS n
  )
)`
