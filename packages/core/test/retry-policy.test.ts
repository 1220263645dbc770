import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { RetryPolicy } from '@redrive/core'
import { DEFAULT_RETRY_POLICY, RETRY_BOUNDS, delayMs, matchesStatus, maxRetries } from '@redrive/core'

const middle = () => 0.5
const WEEK_MS = 7 * 24 * 3600 * 1000

const table: [string, RetryPolicy, number[]][] = [
  ['the default', DEFAULT_RETRY_POLICY, [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]],
  [
    'exponential',
    { strategy: 'exponential', baseSeconds: 2, factor: 3, maxDelaySeconds: 100, maxRetries: 6, jitter: 0 },
    [2, 6, 18, 54, 100, 100],
  ],
  [
    'linear',
    { strategy: 'linear', stepSeconds: 10, maxDelaySeconds: 35, maxRetries: 5, jitter: 0 },
    [10, 20, 30, 35, 35],
  ],
  ['fixed', { strategy: 'fixed', delaySeconds: 1.5, maxRetries: 2, jitter: 0 }, [1.5, 1.5]],
  ['no retries', { strategy: 'schedule', delaysSeconds: [], jitter: 0 }, []],
]

describe('delays', () => {
  test.each(table)('%s', (_name, policy, seconds) => {
    expect(maxRetries(policy)).toBe(seconds.length)
    expect(seconds.map((_, index) => delayMs(policy, index + 1, middle))).toEqual(seconds.map((delay) => delay * 1000))
  })

  test('jitter 0.2 is a factor between 0.8 and 1.2, in whole milliseconds', () => {
    const policy: RetryPolicy = { strategy: 'fixed', delaySeconds: 10, maxRetries: 1, jitter: 0.2 }
    expect(delayMs(policy, 1, () => 0)).toBe(8000)
    expect(delayMs(policy, 1, () => 0.999999999)).toBe(12000)
    expect(Number.isInteger(delayMs(policy, 1, () => 1 / 3))).toBe(true)
  })

  test('are finite whole milliseconds within bounds for any numbers whatever', () => {
    const any = fc.double()
    const policies: fc.Arbitrary<RetryPolicy> = fc.oneof(
      fc.record({ strategy: fc.constant('schedule' as const), delaysSeconds: fc.array(any), jitter: fc.constant(0) }),
      fc.record({
        strategy: fc.constant('exponential' as const),
        baseSeconds: any,
        factor: any,
        maxDelaySeconds: any,
        maxRetries: fc.nat(50),
        jitter: fc.constant(0),
      }),
      fc.record({
        strategy: fc.constant('linear' as const),
        stepSeconds: any,
        maxDelaySeconds: any,
        maxRetries: fc.nat(50),
        jitter: fc.constant(0),
      }),
    )
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 1000 }), (policy, retry) => {
        const delay = delayMs(policy, retry, middle)
        expect(Number.isInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(1000)
        expect(delay).toBeLessThanOrEqual(WEEK_MS)
      }),
    )
  })

  test('ten thousand delays are still no more than the bound', () => {
    const policy: RetryPolicy = { strategy: 'schedule', delaysSeconds: Array<number>(10_000).fill(1), jitter: 0 }
    expect(maxRetries(policy)).toBe(RETRY_BOUNDS.maxRetries)
  })
})

test.each([
  [['5xx'], 503, true],
  [['5xx'], 429, false],
  [['429'], 429, true],
  [['429', '5xx'], 500, true],
  [[], 500, false],
])('status patterns %j against %d: %p', (patterns, status, expected) => {
  expect(matchesStatus(patterns, status)).toBe(expected)
})
