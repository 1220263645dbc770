import { Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { createReturns } from '../src/http/returns.ts'

const connection = () => new Socket()

function booking(options: Parameters<typeof createReturns>[0]) {
  const clock = { now: 5_000 }
  const returns = createReturns(options, () => clock.now)
  return { clock, returns, book: (count: number) => Array.from({ length: count }, () => returns.book(connection())) }
}

/** Whether it is still waited for after a turn of the event loop. */
async function waits(promise: Promise<void>): Promise<boolean> {
  let over = false
  void promise.then(() => (over = true))
  await new Promise(setImmediate)
  return !over
}

test('who comes at once is spread over the time that is left, in whole seconds', () => {
  expect(booking({ perSecond: 2, mostMs: 60_000 }).book(5)).toEqual([1, 1, 2, 2, 3])
  expect(booking({ perSecond: 1_000, mostMs: 60_000 }).book(2_001).at(-1)).toBe(3)
})

test('time that has passed is nobody’s', () => {
  const { clock, book } = booking({ perSecond: 1, mostMs: 60_000 })
  expect(book(4)).toEqual([1, 2, 3, 4])
  clock.now += 3_000
  expect(book(1)).toEqual([2])
  clock.now += 60_000
  expect(book(2)).toEqual([1, 2])
})

test('a connection has one place at a time, and one that has gone none', () => {
  const { clock, returns, book } = booking({ perSecond: 0.5, mostMs: 60_000 })
  const told = connection()
  expect(returns.book(told)).toBe(2)
  expect(returns.isEarly(told)).toBe(true)
  clock.now += 1_000
  expect(returns.book(told)).toBe(1)
  expect(returns.book(connection().destroy())).toBe(1)
  expect(book(1)).toEqual([3])
  clock.now += 1_000
  expect(returns.isEarly(told)).toBe(false)
  expect(returns.book(told)).toBe(4)
})

test('nobody waits for longer than the most, and those after a rush for no longer than it', () => {
  const { clock, book } = booking({ perSecond: 1, mostMs: 5_000 })
  expect(book(100).at(-1)).toBe(5)
  clock.now += 4_000
  expect(book(1)).toEqual([2])
})

test('who was told nothing, or whose time is over, is not waited for', async () => {
  const { clock, returns } = booking({ perSecond: 1, mostMs: 5_000 })
  const told = connection()
  expect(await waits(returns.due(told))).toBe(false)
  returns.book(told)
  clock.now += 1_000
  expect(await waits(returns.due(told))).toBe(false)
})

test('who comes before its time is waited for, until it goes or all is closed, and leaves no listener', async () => {
  const { returns } = booking({ perSecond: 0.01, mostMs: 60_000 })
  const [gone, staying] = [connection(), connection()]
  for (const told of [gone, staying]) returns.book(told)
  const [one, other] = [returns.due(gone), returns.due(staying)]
  // behind it, and answered after it anyway
  expect(await waits(returns.due(staying))).toBe(false)
  expect([await waits(one), await waits(other)]).toEqual([true, true])
  gone.destroy()
  expect([await waits(one), await waits(other)]).toEqual([false, true])
  returns.close()
  expect(await waits(other)).toBe(false)
  expect([gone, staying].map((told) => told.listenerCount('close'))).toEqual([0, 0])
  returns.book(staying)
  expect(await waits(returns.due(staying))).toBe(false)
})
