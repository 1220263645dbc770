import { z } from 'zod'

const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** A moment that a client names: ISO 8601 with its offset, or a date alone (midnight UTC). */
export const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'Expected a time in ISO 8601 with a zone (2026-01-31T12:00:00.000Z), or a date (2026-01-31)',
  })
  .transform((text) => new Date(text))
  .refine((time) => time.getTime() >= 0 && time.getTime() <= LAST_MOMENT, 'Expected a year from 1970 to 9999')

/** A moment as Redrive writes it. */
export const timestamp = z.iso.datetime({ precision: 3 })
