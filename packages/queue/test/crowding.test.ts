import { expect, test } from '@jest/globals'
import { createCrowding } from '../src/crowding.ts'

test('who brings more than its rate goes behind, a level for each doubling, and is forgiven in time', () => {
  let time = 0
  const crowding = createCrowding(() => time)
  const bring = (key: string, count: number): number[] =>
    Array.from({ length: count }, () => crowding.priorityOf({ key, perSecond: 10 }))
  const levels = bring('loud', 50)
  expect([levels[9], levels[10], levels[20], levels[49]]).toEqual([0, 1, 2, 3])
  expect(bring('quiet', 1)).toEqual([0])
  time += 1_000
  expect(bring('loud', 1)).toEqual([2])
  time += 5_000
  expect(bring('loud', 1)).toEqual([0])
})

test('of several keys the most crowded counts', () => {
  const crowding = createCrowding()
  for (let n = 0; n < 5; n++) crowding.priorityOf({ key: 'tenant', perSecond: 2 })
  expect(crowding.priorityOf({ key: 'new', perSecond: 2 }, { key: 'tenant', perSecond: 2 })).toBe(2)
})
