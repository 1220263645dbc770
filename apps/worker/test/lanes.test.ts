import { describe, expect, test } from '@jest/globals'
import { createLane } from '../src/lanes.ts'

function lane(slots: number, freedByAnswer = false) {
  let time = 0
  const made = createLane(slots, { freedByAnswer, now: () => time })
  return {
    enter: (id: string) => made.enter(id),
    enterWithin: (id: string, ms: number) => made.enterWithin(id, ms),
    expects: (id: string, ms: number) => made.expect(id, ms),
    pass: (ms: number) => void (time += ms),
  }
}

test('an unknown endpoint gets an eighth; one that answers fast gets half', () => {
  const { enter } = lane(64)
  const slots = Array.from({ length: 8 }, () => enter('a'))
  expect(slots).not.toContain(null)
  expect(enter('a')).toBeNull()
  expect(enter('b')).not.toBeNull()
  slots[0]?.answered(10)
  slots[0]?.leave()
  expect(Array.from({ length: 40 }, () => enter('a')).filter((slot) => slot !== null)).toHaveLength(32 - 7)
})

test('one that stops answering loses its share before its first timeout, and has it back when it answers', () => {
  const { enter, pass } = lane(64)
  const first = enter('a')
  first?.answered(10)
  const hanging = Array.from({ length: 6 }, () => enter('a'))
  pass(4_000)
  expect(enter('a')).toBeNull()
  for (const slot of [first, ...hanging]) slot?.leave()
  expect(enter('a')).not.toBeNull()
})

test('what is answered gives its slot to another while it is recorded, four times as many as there are slots', () => {
  const { enter } = lane(4, true)
  const fill = (round: number) => ['a', 'b', 'c', 'd'].map((id) => enter(`${id}${String(round)}`))
  const recording = Array.from({ length: 4 }, (_, round) => {
    const slots = fill(round)
    expect(slots).not.toContain(null)
    expect(enter('full')).toBeNull()
    for (const slot of slots) slot?.answered(10)
    return slots
  }).flat()
  const others = fill(4)
  expect(others).not.toContain(null)
  for (const slot of others) slot?.answered(10)
  expect(enter('e')).toBeNull()
  recording[0]?.leave()
  expect(enter('e')).toBeNull()
  others[0]?.leave()
  expect(enter('e')).not.toBeNull()
  // once is enough
  others[0]?.leave()
  expect(enter('f')).toBeNull()
})

test.each([
  [4, 16],
  [64, 256],
  [100, 256],
  [300, 300],
])('of %d slots, %d that are answered may wait for their record without one', (slots, recording) => {
  const { enter } = lane(slots, true)
  const answered = (n: number) => {
    const slot = enter(String(n))
    slot?.answered(1)
    return slot !== null
  }
  expect(Array.from({ length: 1_000 }, (_, n) => answered(n)).filter(Boolean)).toHaveLength(recording + slots)
})

test('an endpoint holds no more than its share where its answers keep their slots until they are recorded', () => {
  const { enter } = lane(64)
  const first = enter('a')
  first?.answered(1)
  const others = Array.from({ length: 40 }, () => enter('a')).filter((slot) => slot !== null)
  for (const slot of others) slot.answered(1)
  expect(others).toHaveLength(31)
  expect(enter('a')).toBeNull()
  first?.leave()
  expect(enter('a')).not.toBeNull()
})

test('a slot that comes free goes to the endpoints that wait in turns, and past one that holds its share', async () => {
  const { enter, enterWithin } = lane(16)
  const held = Array.from({ length: 2 }, () => enter('a'))
  const others = Array.from({ length: 14 }, (_, n) => enter(`other-${String(n)}`))
  expect([...held, ...others]).not.toContain(null)
  const order: string[] = []
  const waiting = ['a', 'b', 'b', 'c'].map(async (id) => {
    expect(await enterWithin(id, 60_000)).not.toBeNull()
    order.push(id)
  })
  for (const slot of others.slice(0, 3)) slot?.leave()
  expect(enter('d')).toBeNull()
  await Promise.all(waiting.slice(1))
  expect(order).toEqual(['b', 'c', 'b'])
  held[0]?.leave()
  await waiting[0]
  expect(order).toEqual(['b', 'c', 'b', 'a'])
})

test('who has waited for a slot in vain takes none that comes free later, and stands in nobody’s way', async () => {
  const { enter, enterWithin } = lane(1)
  const slot = enter('a')
  const patient = enterWithin('b', 60_000)
  expect(await Promise.all([enterWithin('b', 1), enterWithin('c', 2)])).toEqual([null, null])
  slot?.leave()
  const next = await patient
  expect(next).not.toBeNull()
  next?.leave()
  expect(enter('d')).not.toBeNull()
})

test('what is expected has its turn in time, by how long its endpoint and the others hold a slot', () => {
  const { enter, expects, pass } = lane(8)
  for (let n = 0; n < 30; n++) {
    const slot = enter('fast')
    pass(20)
    slot?.answered(10)
    slot?.leave()
  }
  // four slots at a time, 20 ms each, within 100 ms: those that enter at once, and five times as many after them
  const places = Array.from({ length: 40 }, () => expects('fast', 100)).filter((place) => place !== null)
  expect(places).toHaveLength(4 + 20)
  // of one that is not known yet, what would enter at once
  expect(expects('unknown', 100)).not.toBeNull()
  expect(expects('unknown', 100)).toBeNull()
  // once is enough
  places[0]?.over()
  places[0]?.over()
  expect(expects('fast', 100)).not.toBeNull()
  expect(expects('fast', 100)).toBeNull()
})

test('nothing more is expected where all slots are taken for longer', () => {
  const { enter, expects } = lane(4)
  const taken = ['a', 'b', 'c', 'd'].map((id) => enter(id))
  expect(taken).not.toContain(null)
  expect(expects('e', 60)).toBeNull()
  taken[0]?.leave()
  expect(expects('e', 60)).not.toBeNull()
  expect(expects('f', 60)).toBeNull()
})

describe('the share of one that fails', () => {
  /** answers so many times, then asks for so many slots at once: how many it gets */
  function granted(failures: readonly boolean[]): number {
    const { enter } = lane(64)
    for (const failed of failures) {
      const slot = enter('a')
      slot?.answered(1, failed)
      slot?.leave()
    }
    return Array.from({ length: 40 }, () => enter('a')).filter((slot) => slot !== null).length
  }
  const times = (count: number, failed: boolean) => new Array<boolean>(count).fill(failed)

  test('at once, again and again, is a single slot, and comes back as it succeeds', () => {
    expect(granted(times(30, true))).toBe(1)
    expect(granted([...times(30, true), ...times(3, false)])).toBe(32)
  })

  test('now and then, is its own', () => {
    expect(granted(times(60, true).map((_, n) => n % 3 === 0))).toBe(32)
  })
})
