import { expect, test } from '@jest/globals'
import { createGauge, type Gauge } from '../src/strain.ts'

/** Whether it is strained by these, which a crowd may be the reason of. */
function strainedBy(gauge: Gauge, ...samples: readonly number[]): boolean {
  for (const ms of samples) gauge.note(ms, false)
  return gauge.isStrained()
}

function calmAt(...samples: readonly number[]): Gauge {
  const gauge = createGauge(5)
  for (const ms of samples) gauge.note(ms, true)
  return gauge
}

test('is strained when more than a third takes that much longer than it did in calm', () => {
  const gauge = calmAt(10, 11, 9, 10, 12, 8, 10, 11, 9, 10)
  expect(strainedBy(gauge, 15, 14, 10)).toBe(false)
  expect(strainedBy(gauge, 10, 16, 9)).toBe(false)
  expect(strainedBy(gauge, 16, 16, 9)).toBe(true)
  // what nobody has felt since is over
  expect(strainedBy(gauge)).toBe(false)
})

test('is strained when more than a twentieth takes twice as long as it did in calm', () => {
  const gauge = calmAt(10, 11, 9, 10, 12, 8, 10, 11, 9, 10)
  const asUsual = (count: number): number[] => Array.from({ length: count }, () => 10)
  expect(strainedBy(gauge, 21, ...asUsual(19))).toBe(false)
  expect(strainedBy(gauge, 20, ...asUsual(18))).toBe(false)
  expect(strainedBy(gauge, 21, ...asUsual(18))).toBe(true)
  const slow = calmAt(30, 30, 30, 30, 30, 30, 30, 30, 30, 30)
  expect(strainedBy(slow, 60, ...asUsual(3))).toBe(false)
  expect(strainedBy(slow, 61, ...asUsual(3))).toBe(true)
  // and by twice as much as may be
  expect(strainedBy(createGauge(5, 0), 10, 0, 0, 0)).toBe(false)
  expect(strainedBy(createGauge(5, 0), 11, 0, 0, 0)).toBe(true)
})

test('neither one that was quick nor one that was slow says what is usual', () => {
  const gauge = calmAt(0, 10, 10, 10, 10, 10, 10, 10, 10, 500)
  expect(strainedBy(gauge, 14, 14, 14)).toBe(false)
  expect(strainedBy(gauge, 16, 16, 16)).toBe(true)
})

test('where it is never calm, what was there first is usual, and what stays becomes so in time', () => {
  const gauge = createGauge(5)
  expect(strainedBy(gauge, 30, 31, 32)).toBe(false)
  expect(strainedBy(gauge, 50)).toBe(true)
  let looks = 0
  while (strainedBy(gauge, 50)) looks++
  expect(looks).toBeGreaterThan(100)
  // but calm tells better
  for (let n = 0; n < 10; n++) gauge.note(30, true)
  expect(strainedBy(gauge, 50)).toBe(true)
})

test('what is known to be usual needs no calm', () => {
  expect(strainedBy(createGauge(5, 0), 6)).toBe(true)
  expect(strainedBy(createGauge(5, 0), 4)).toBe(false)
})
