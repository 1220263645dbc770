import { isStorable } from '@redrive/core'
import { z } from 'zod'

/** Text that PostgreSQL can hold, of at most `max` characters. */
export function text(min: number, max: number) {
  return z.string().min(min).max(max).refine(isStorable, 'NUL and lone surrogates are not allowed here')
}

export const id = z.uuid('Expected a UUID').toLowerCase()

/** Small labels of a client's own: at most 50, names of up to 64 characters, values of up to 1,024. */
export const metadata = z
  .record(text(1, 64), text(0, 1024))
  .refine((labels) => Object.keys(labels).length <= 50, 'Metadata has at most 50 members')
