import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createPace, type Pace } from '../src/pace.ts'

const paces: Pace<'claim'>[] = []
beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  for (const pace of paces.splice(0)) pace.close()
  jest.useRealTimers()
})

function pace(rate: { first: number; least: number; most: number }): Pace<'claim'> {
  const made = createPace({ rate, strainMs: { claim: 5 } })
  paces.push(made)
  return made
}

/** How many of very many that ask at once have their turn in so long; `each`: what else happens every 10 ms. */
async function turnsWithin(ms: number, from: Pace<'claim'>, each: () => void = () => undefined): Promise<number> {
  let turns = 0
  for (let n = 0; n < 5_000; n++) void from.turn().then((allowed) => (turns += allowed ? 1 : 0))
  for (let passed = 0; passed < ms; passed += 10) {
    each()
    await jest.advanceTimersByTimeAsync(10)
  }
  return turns
}

test('nobody waits while there is nobody to spare', async () => {
  const alone = pace({ first: 1, least: 1, most: 1 })
  alone.fresh('mine')
  alone.crowds('mine')
  for (let n = 0; n < 1_000; n++) expect(await alone.turn()).toBe(true)
  expect(jest.getTimerCount()).toBe(0)
})

test('who crowds has no part of its own spared, but for the others', () => {
  const rated = pace({ first: 20, least: 20, most: 20 })
  rated.fresh('its endpoint', 'tenant')
  rated.crowds('tenant')
  expect(rated.isShared()).toBe(false)
  rated.fresh('endpoint', 'other tenant')
  expect(rated.isShared()).toBe(true)
})

test('who has crowded in the last half minute is not spared, although the pace lets little of it through', () => {
  const rated = pace({ first: 1, least: 1, most: 1 })
  rated.crowds('endpoint')
  jest.advanceTimersByTime(29_000)
  rated.fresh('endpoint', 'tenant')
  expect(rated.isShared()).toBe(false)
  jest.advanceTimersByTime(1_001)
  rated.fresh('endpoint', 'tenant')
  expect(rated.isShared()).toBe(true)
})

test('while others are there, the crowd keeps to the rate', async () => {
  const shared = pace({ first: 20, least: 20, most: 20 })
  shared.fresh('another')
  const turns = await turnsWithin(10_000, shared)
  expect(turns).toBeGreaterThanOrEqual(199)
  expect(turns).toBeLessThanOrEqual(201)
})

test.each([
  { name: 'rises while nothing is strained', calmMs: 1, crowdedMs: 1, whose: 'another', rises: true },
  { name: 'falls when something takes longer than it did', calmMs: 1, crowdedMs: 50, whose: 'another', rises: false },
  { name: 'rises where it took so long from the first', calmMs: 50, crowdedMs: 50, whose: 'another', rises: true },
  { name: 'rises although the crowd itself waits', calmMs: 1, crowdedMs: 50, whose: 'crowd', rises: true },
])('the rate $name', async ({ calmMs, crowdedMs, whose, rises }) => {
  const adapting = pace({ first: 40, least: 10, most: 10_000 })
  adapting.fresh('another')
  adapting.crowds('crowd')
  for (let n = 0; n < 20; n++) adapting.felt('claim', calmMs, 'another')
  const turns = await turnsWithin(2_000, adapting, () => {
    adapting.felt('claim', crowdedMs, whose)
  })
  if (rises) expect(turns).toBeGreaterThan(100)
  else expect(turns).toBeLessThan(50)
})

test('the rate keeps within its bounds', async () => {
  const highest = pace({ first: 40, least: 10, most: 50 })
  highest.fresh('another')
  const most = await turnsWithin(10_000, highest)
  expect(most).toBeGreaterThan(450)
  expect(most).toBeLessThan(510)
  const lowest = pace({ first: 40, least: 30, most: 50 })
  lowest.fresh('another')
  for (let n = 0; n < 20; n++) lowest.felt('claim', 1, 'another')
  const strain = (): void => {
    lowest.felt('claim', 50, 'another')
  }
  const least = await turnsWithin(10_000, lowest, strain)
  expect(least).toBeGreaterThan(290)
  expect(least).toBeLessThan(330)
})

test('one that is closed lets nobody go, and keeps nobody waiting', async () => {
  const closing = pace({ first: 1, least: 1, most: 1 })
  closing.fresh('another')
  const first = closing.turn(10)
  await jest.advanceTimersByTimeAsync(1_000)
  expect(await first).toBe(true)
  const waiting = closing.turn()
  closing.close()
  expect(await Promise.all([waiting, closing.turn()])).toEqual([false, false])
})
