import { expect, test } from '@jest/globals'
import { createReturns } from '../src/http/returns.ts'

function booking(options: Parameters<typeof createReturns>[0]) {
  const clock = { now: 5_000 }
  const returns = createReturns(options, () => clock.now)
  return { clock, book: (count: number) => Array.from({ length: count }, () => returns.book()) }
}

test('who comes at once is spread over the time that is left', () => {
  const { book } = booking({ perSecond: 100, mostMs: 60_000 })
  expect(book(4)).toEqual([10, 20, 30, 40])
})

test('time that has passed is nobody’s', () => {
  const { clock, book } = booking({ perSecond: 100, mostMs: 60_000 })
  book(4)
  clock.now += 25
  expect(book(1)).toEqual([25])
  clock.now += 1_000
  expect(book(2)).toEqual([10, 20])
})

test('nobody waits for longer than the most, and those after a rush wait for no longer than it', () => {
  const { clock, book } = booking({ perSecond: 100, mostMs: 50 })
  expect(book(1_000).at(-1)).toBe(50)
  clock.now += 45
  expect(book(1)).toEqual([15])
})
