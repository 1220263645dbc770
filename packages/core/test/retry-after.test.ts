import { expect, test } from '@jest/globals'
import { retryAfterMs } from '../src/retry-after.ts'

const now = new Date('2026-03-04T05:06:07.500Z')
const DAY = 86_400_000

test.each<[string | undefined, number | null]>([
  ['120', 120_000],
  [' 120 ', 120_000],
  ['86400', DAY],
  ['86401', DAY],
  ['9'.repeat(400), DAY],
  ['Wed, 04 Mar 2026 05:07:07 GMT', 59_500],
  ['Wednesday, 04-Mar-26 05:07:07 GMT', 59_500],
  ['Wed Mar  4 05:07:07 2026', 59_500],
  ['Fri, 31 Dec 9999 23:59:59 GMT', DAY],
  [undefined, null],
  ['', null],
  ['0', null],
  ['-5', null],
  ['1.5', null],
  ['1e9', null],
  ['0x10', null],
  ['Infinity', null],
  ['soon', null],
  ['Wed, 04 Mar 2026 05:06:07 GMT', null],
  ['Wed, 99 Mar 2026 99:99:99 GMT', null],
  ['2026-03-05T00:00:00Z', null],
])('Retry-After %j', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected)
})
