import { expect, test } from '@jest/globals'
import { createPace, type Crowd } from '../src/bulk-pace.ts'

const EVERY_MS = 50
const PORTIONS_A_LOOK = 4
const IDLE: Crowd = { fresh: 0, retries: 0 }

/** How many go in so many seconds of the same. */
function goes(pace: ReturnType<typeof createPace>, crowd: Crowd, seconds: number): number {
  let count = 0
  for (let looks = 0; looks < (seconds * 1000) / (EVERY_MS * PORTIONS_A_LOOK); looks++) count += look(pace, crowd)
  return count
}

function look(pace: ReturnType<typeof createPace>, crowd: Crowd): number {
  pace.look(crowd)
  return Array.from({ length: PORTIONS_A_LOOK }, () => pace.next()).reduce((sum, count) => sum + count)
}

test('with nobody else there it grows, to a bound', () => {
  const pace = createPace(EVERY_MS)
  expect(goes(pace, IDLE, 1)).toBeLessThan(30)
  goes(pace, IDLE, 60)
  expect(goes(pace, IDLE, 1)).toBe(500)
})

test('it never stands still, however much fresh work waits', () => {
  const pace = createPace(EVERY_MS)
  goes(pace, IDLE, 10)
  const before = goes(pace, IDLE, 1)
  goes(pace, { fresh: 1_000, retries: 0 }, 60)
  expect(goes(pace, { fresh: 1_000, retries: 0 }, 10)).toBe(200)
  goes(pace, IDLE, 1)
  expect(goes(pace, IDLE, 1)).toBeLessThan(before)
})

test('fresh work that waits once gets a breath; twice in a row, the pace was too much', () => {
  const pace = createPace(EVERY_MS)
  goes(pace, IDLE, 5)
  const before = look(pace, IDLE)
  expect(look(pace, { fresh: 3, retries: 0 })).toBeLessThan(before)
  expect(look(pace, IDLE)).toBeGreaterThanOrEqual(before)
  look(pace, { fresh: 3, retries: 0 })
  look(pace, { fresh: 3, retries: 0 })
  const cut = goes(pace, IDLE, 1)
  expect(cut).toBeLessThan(before * 5)
  // from there it only creeps
  expect(goes(pace, IDLE, 1)).toBeLessThan(cut * 1.1 + 1)
})

test('what the retry lane has not worked off is not added to', () => {
  const pace = createPace(EVERY_MS)
  goes(pace, IDLE, 10)
  expect(goes(pace, { fresh: 0, retries: 100 }, 5)).toBe(0)
})
