import { isStorable } from '@redrive/core'
import { z } from 'zod'

/** Text that PostgreSQL can hold, of at most `max` characters. */
export function text(min: number, max: number) {
  return z.string().min(min).max(max).refine(isStorable, 'NUL and lone surrogates are not allowed here')
}

export const id = z.uuid('Expected a UUID').toLowerCase()

/**
 * An object by the names of its members. zod would leave out a member called `__proto__` without a word, at any depth of
 * the value, and with it a condition or a header.
 */
export function members<Value extends z.ZodType>(name: z.core.$ZodRecordKey, value: Value) {
  return z.preprocess(
    (input, context) => {
      if (hasProto(input))
        context.addIssue({ code: 'custom', path: ['__proto__'], message: 'No member can be called this' })
      return input
    },
    z.record(name, value),
  )
}

/** The depth of what has been parsed is bounded. */
function hasProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProto)
}

/** Small labels of a client's own: at most 50, names of up to 64 characters, values of up to 1,024. */
export const metadata = members(text(1, 64), text(0, 1024)).refine(
  (labels) => Object.keys(labels).length <= 50,
  'Metadata has at most 50 members',
)
