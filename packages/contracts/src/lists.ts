import { z } from 'zod'
import { instant } from './time.ts'

/** An integer in a query string. */
export function queryInteger(min: number, max: number) {
  const rule = `Expected an integer from ${String(min)} to ${String(max)}`
  return (
    z
      .string()
      .regex(/^[0-9]{1,9}$/, rule)
      .transform(Number)
      .refine((value) => value >= min && value <= max, rule)
      // to whoever writes a query it is a number
      .meta({ type: 'integer', minimum: min, maximum: max })
  )
}

const paging = {
  limit: queryInteger(1, 250).default(50).describe('How many at most: 1 to 250, 50 if it is not said'),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,512}$/, 'Expected a cursor as it came in nextCursor or prevCursor')
    .exactOptional()
    .describe('`nextCursor` or `prevCursor` of an earlier page; opaque'),
}

/** The query of a list: its page, and what it can be filtered by. */
function listQuery<S extends z.ZodRawShape>(filters: S) {
  return z.strictObject({ ...paging, ...filters })
}

/** As `listQuery`, for lists that can be cut to a period (`since` inclusive, `until` exclusive). */
export function periodQuery<S extends z.ZodRawShape>(filters: S) {
  return z
    .strictObject({
      ...paging,
      since: instant.exactOptional().describe('Only events published at this moment or later, or deliveries of these'),
      until: instant.exactOptional().describe('Only events published before this moment, or deliveries of these'),
      ...filters,
    })
    .refine(isForwards, { path: ['until'], error: 'until must not be before since' })
}

/** The query of a list without filters. */
export const pageQuery = listQuery({})

/** Where a list goes on, in both directions. */
export const cursors = {
  nextCursor: z.string().nullable().describe('For the next page, with older ones; null on the last'),
  prevCursor: z.string().nullable().describe('For the page before, with newer ones; null on the first'),
}

/** One page of a list, newest first. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item).describe('Newest first'), ...cursors })
}

export function isForwards(query: object): boolean {
  const { since, until } = query as { since?: Date; until?: Date } // whatever schema uses this puts them there
  return since === undefined || until === undefined || since <= until
}
