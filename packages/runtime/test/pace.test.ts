import { afterEach, expect, test } from '@jest/globals'
import { createPace, type Pace } from '../src/pace.ts'

const SOON_MS = 5_000

const paces: Pace<'claim'>[] = []
afterEach(() => {
  for (const pace of paces.splice(0)) pace.close()
})

function pace(rate: { first: number; least: number; unfelt?: number; most: number }): Pace<'claim'> {
  const made = createPace({ rate: { unfelt: rate.most, ...rate }, strainMs: { claim: 5 } })
  paces.push(made)
  return made
}

/** How many turns there were by the time that the last of so many came. */
async function secondsFor(turns: number, from: Pace<'claim'>): Promise<number> {
  const began = performance.now()
  for (let n = 0; n < turns; n++) expect(await from.turn()).toBe(true)
  return (performance.now() - began) / 1000
}

test('nobody waits while there is nobody to spare', async () => {
  const alone = pace({ first: 1, least: 1, most: 1 })
  alone.fresh('mine')
  alone.crowds('mine')
  expect(await secondsFor(1_000, alone)).toBeLessThan(1)
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
  let time = 0
  const rated = createPace({
    rate: { first: 1, least: 1, unfelt: 1, most: 1 },
    strainMs: { claim: 5 },
    now: () => time,
  })
  paces.push(rated)
  rated.crowds('endpoint')
  time += 29_000
  rated.fresh('endpoint', 'tenant')
  expect(rated.isShared()).toBe(false)
  time += 1_001
  rated.fresh('endpoint', 'tenant')
  expect(rated.isShared()).toBe(true)
})

test('while others are there, the crowd keeps to the rate', async () => {
  const shared = pace({ first: 20, least: 20, most: 20 })
  shared.fresh('another')
  expect(await secondsFor(20, shared)).toBeGreaterThan(0.5)
})

test(
  'the rate rises while nothing is strained, and falls when something takes longer than it did',
  async () => {
    const rateOf = async (calmMs: number, crowdedMs: number, whose = 'another'): Promise<number> => {
      const adapting = pace({ first: 40, least: 10, most: 10_000 })
      adapting.fresh('another')
      adapting.crowds('crowd')
      for (let n = 0; n < 20; n++) adapting.felt('claim', calmMs)
      const began = performance.now()
      let turns = 0
      while (performance.now() - began < 1_500) {
        adapting.felt('claim', crowdedMs, whose)
        await adapting.turn()
        turns++
      }
      return turns
    }
    expect(await rateOf(1, 50)).toBeLessThan(50)
    // what takes long from the first on is how it is
    expect(await rateOf(50, 50)).toBeGreaterThan(50)
    // and what the crowd itself waits for is no matter
    expect(await rateOf(1, 50, 'crowd')).toBeGreaterThan(50)
  },
  SOON_MS,
)

test('while nobody feels anything the rate rises no further than that', async () => {
  const turnsWithin = async (ms: number, isFelt: boolean): Promise<number> => {
    const shared = pace({ first: 100, least: 100, unfelt: 100, most: 100_000 })
    shared.fresh('another')
    const began = performance.now()
    let turns = 0
    // all at once: who waits for a turn before it asks for the next does not come to more than fifty a second
    for (let n = 0; n < 5_000; n++) void shared.turn().then((allowed) => (turns += allowed ? 1 : 0))
    while (performance.now() - began < ms) {
      if (isFelt) shared.felt('claim', 1, 'another')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return turns
  }
  expect(await turnsWithin(2_000, false)).toBeLessThan(250)
  expect(await turnsWithin(2_000, true)).toBeGreaterThan(250)
})

test('one that is closed lets nobody go, and keeps nobody waiting', async () => {
  const closing = pace({ first: 1, least: 1, most: 1 })
  closing.fresh('another')
  await closing.turn(10)
  const waiting = closing.turn()
  closing.close()
  expect(await Promise.all([waiting, closing.turn()])).toEqual([false, false])
})
