import { expect, test } from '@jest/globals'
import { createCrowding } from '../src/crowding.ts'

test('who brings more than its rate goes behind, a level for each doubling, and is forgiven in time', () => {
  let time = 0
  const crowding = createCrowding(() => time)
  const bring = (key: string, count: number): number[] =>
    Array.from({ length: count }, () => crowding.place({ key, perSecond: 40 }).priority)
  const levels = bring('loud', 50)
  expect([levels[9], levels[10], levels[20], levels[49]]).toEqual([0, 1, 2, 3])
  expect(bring('quiet', 1)).toEqual([0])
  time += 250
  expect(bring('loud', 1)).toEqual([2])
  time += 5_000
  expect(bring('loud', 1)).toEqual([0])
})

test('what is known to come together is a crowd from its first on', () => {
  const crowding = createCrowding(() => 0)
  const place = (together: number) => crowding.place({ key: 'a', perSecond: 40, together })
  expect([place(10), place(11), place(40)].map(({ priority }) => priority)).toEqual([0, 1, 3])
  expect(place(0).priority).toBe(0)
})

test('of several keys the first that is crowded counts, and is none of the crowd of the next', () => {
  const crowding = createCrowding(() => 0)
  const bring = (endpoint: string) => crowding.place({ key: endpoint, perSecond: 8 }, { key: 'tenant', perSecond: 16 })
  expect([1, 2, 3, 4, 5].map(() => bring('loud').priority)).toEqual([0, 0, 1, 2, 2])
  expect(bring('loud').crowd).toBe('loud')
  expect(['a', 'b', 'c'].map((endpoint) => bring(endpoint).priority)).toEqual([0, 0, 1])
  expect(bring('d').crowd).toBe('tenant')
})
