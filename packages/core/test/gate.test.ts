import { describe, expect, test } from '@jest/globals'
import { breakerRules, DEFAULT_BREAKER, type GateState, nextDrain, rateWindowMs, roomAt } from '../src/gate.ts'
import { slotShare } from '../src/share.ts'

const now = new Date('2026-03-04T05:06:07Z')
const later = (ms: number): Date => new Date(now.getTime() + ms)
const open: GateState = {
  maxConcurrency: null,
  rateLimit: null,
  ordering: 'none',
  breakerOpen: false,
  nextProbeAt: null,
  notBefore: null,
  held: 0,
  recent: 0,
  leavesAt: null,
  now,
}

describe('the room at a gate', () => {
  test.each<[string, Partial<GateState>, { count: number; again: Date | null }]>([
    ['no limits', { held: 500 }, { count: Infinity, again: null }],
    ['concurrency', { maxConcurrency: 3, held: 2 }, { count: 1, again: null }],
    ['concurrency exceeded, as after a lower limit was set', { maxConcurrency: 3, held: 5 }, { count: 0, again: null }],
    ['in order, and free', { ordering: 'fifo', maxConcurrency: 9 }, { count: 1, again: null }],
    ['in order, with a head', { ordering: 'fifo', held: 1 }, { count: 0, again: null }],
    ['an asked-for pause', { notBefore: later(5) }, { count: 0, again: later(5) }],
    ['a pause that is over', { notBefore: later(-5) }, { count: Infinity, again: null }],
    ['open, before its probe', { breakerOpen: true, nextProbeAt: later(9) }, { count: 0, again: later(9) }],
    ['open, time for its probe', { breakerOpen: true, nextProbeAt: now }, { count: 1, again: null }],
    [
      'open, time for its probe, in an asked-for pause',
      { breakerOpen: true, nextProbeAt: now, notBefore: later(5) },
      { count: 0, again: later(5) },
    ],
    [
      'open, time for its probe, with its rate used up',
      { breakerOpen: true, nextProbeAt: now, rateLimit: { limit: 2, perSeconds: 60 }, recent: 2, leavesAt: later(9) },
      { count: 0, again: later(9) },
    ],
    [
      'open, time for its probe, and more in its rate',
      { breakerOpen: true, nextProbeAt: now, rateLimit: { limit: 9, perSeconds: 60 }, recent: 2 },
      { count: 1, again: null },
    ],
    ['open, with a probe out', { breakerOpen: true, nextProbeAt: now, held: 1 }, { count: 0, again: null }],
    [
      'a rate that is used up',
      { rateLimit: { limit: 2, perSeconds: 10 }, recent: 2, leavesAt: later(6_500) },
      { count: 0, again: later(6_500) },
    ],
    [
      'the smaller of rate and concurrency',
      { rateLimit: { limit: 9, perSeconds: 10 }, recent: 2, maxConcurrency: 4, held: 1 },
      { count: 3, again: null },
    ],
  ])('%s', (_name, state, room) => {
    expect(roomAt({ ...open, ...state })).toEqual(room)
  })

  test('a rate looks back a little further than its period', () => {
    expect([1, 10, 3600].map((perSeconds) => rateWindowMs({ limit: 1, perSeconds }))).toEqual([
      1_250, 10_500, 3_601_000,
    ])
  })
})

test('a breaker opens early where two and a half times as many fail at once, and looks again early', () => {
  expect(breakerRules(DEFAULT_BREAKER)).toEqual({
    lasting: { failures: 20, overSeconds: 10, firstProbeSeconds: 30 },
    early: { failures: 50, overSeconds: 1, firstProbeSeconds: 1 },
    longestProbeSeconds: 300,
  })
  const rules = breakerRules({ failures: 3, overSeconds: 60, firstProbeSeconds: 600 })
  expect(rules).toMatchObject({ early: { failures: 8, firstProbeSeconds: 1 }, longestProbeSeconds: 600 })
})

describe('a backlog drains', () => {
  test('in doubling portions, one a second, to a bound, and anew after a while', () => {
    expect(nextDrain({ size: 0, at: null }, now)).toEqual({ count: 10, again: later(1_000) })
    expect(nextDrain({ size: 10, at: later(-400) }, now)).toEqual({ count: 0, again: later(600) })
    expect(nextDrain({ size: 10, at: later(-1_000) }, now).count).toBe(20)
    expect(nextDrain({ size: 400, at: later(-1_000) }, now).count).toBe(500)
    expect(nextDrain({ size: 500, at: later(-31_000) }, now).count).toBe(10)
  })
})

test('an endpoint’s share of 64 slots shrinks with its latency, and is never nothing', () => {
  expect([null, 5, 250, 500, 2_000, 15_000].map((latency) => slotShare(64, latency))).toEqual([8, 32, 32, 16, 4, 1])
  expect(slotShare(1, null)).toBe(1)
})

test('it is halved with every fifth failure in a row', () => {
  expect([0, 4, 5, 10, 25, 1_000].map((failures) => slotShare(64, 5, failures))).toEqual([32, 32, 16, 8, 1, 1])
})
