import { expect, test } from '@jest/globals'
import { attemptId, createIdGenerator, deliveryId, familyRange, firstIdAt, idTime, isUuid } from '@redrive/core'

test('ids rise strictly, more than the counter holds and with a clock that steps back', () => {
  let time = 1_700_000_000_000
  const next = createIdGenerator(() => time)
  const ids = Array.from({ length: 10_000 }, (_, index) => {
    if (index === 5000) time -= 60_000
    return next()
  })
  expect(ids.every(isUuid)).toBe(true)
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  expect(idTime(ids[0] ?? '')).toBe(1_700_000_000_000)
})

test('what belongs to an event lies in its range, and is always the same', () => {
  const next = createIdGenerator()
  const [eventId, endpointId, otherId] = [next(), next(), next()]
  const delivery = deliveryId(eventId, endpointId)
  const family = [eventId, delivery, attemptId(delivery, 1), attemptId(delivery, 2), deliveryId(eventId, otherId)]
  const { first, last } = familyRange(eventId)
  expect(family.every((id) => isUuid(id) && id >= first && id <= last)).toBe(true)
  expect(new Set(family).size).toBe(family.length)
  expect(deliveryId(eventId, endpointId)).toBe(delivery)
  expect(familyRange(otherId)).not.toEqual({ first, last })
})

test('the ids of what belongs to an event are those that are stored already', () => {
  const to = (end: string) =>
    deliveryId('01a208a4-1789-7000-b48e-dce5bb22b6dc', `01a208a3-ee13-7000-b6b0-8159fbeb88${end}`)
  expect(['02', '01', '08', '0a'].map(to)).toEqual([
    '01a208a4-1789-7000-85c1-c092cd1c9a5e',
    '01a208a4-1789-7000-9dcd-e98ca969a048',
    '01a208a4-1789-7000-adb3-f7a43d78cc58',
    '01a208a4-1789-7000-b4df-299fd86796ce',
  ])
  expect(attemptId(to('1f'), 1)).toBe('01a208a4-1789-7000-851c-3ee1ca695865')
})

test('the first id of a moment bounds all that are made from then on', () => {
  const next = createIdGenerator(() => 1_700_000_000_000)
  const id = next()
  expect(firstIdAt(1_700_000_000_000) <= id).toBe(true)
  expect(firstIdAt(1_700_000_000_001) > id).toBe(true)
})
