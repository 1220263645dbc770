import { expect, test } from '@jest/globals'
import { createLane } from '../src/lanes.ts'

function lane(slots: number) {
  let time = 0
  const made = createLane(slots, () => time)
  return { enter: (id: string) => made.enter(id), pass: (ms: number) => void (time += ms) }
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
