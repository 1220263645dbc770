import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type RetryPolicy, retryDelays } from '@redrive/core'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { startWithWorkerOn, type WholeRedrive } from './with-worker.ts'

/** Every strategy of docs/retry-policy.md, in seconds, and what it says for each retry. */
const POLICIES: [name: string, policy: RetryPolicy, delays: number[]][] = [
  ['schedule', { strategy: 'schedule', delaysSeconds: [1, 3, 2], jitter: 0 }, [1, 3, 2]],
  [
    'exponential',
    { strategy: 'exponential', baseSeconds: 1, factor: 2, maxDelaySeconds: 3, maxRetries: 3, jitter: 0 },
    [1, 2, 3],
  ],
  ['linear, capped', { strategy: 'linear', stepSeconds: 1, maxDelaySeconds: 2, maxRetries: 3, jitter: 0 }, [1, 2, 2]],
  ['fixed', { strategy: 'fixed', delaySeconds: 1.5, maxRetries: 3, jitter: 0 }, [1.5, 1.5, 1.5]],
  ['with jitter', { strategy: 'schedule', delaysSeconds: [2, 2, 2], jitter: 0.2 }, [2, 2, 2]],
  ['none', { strategy: 'fixed', delaySeconds: 1, maxRetries: 0, jitter: 0 }, []],
]
/** What queue, claim and a loaded machine may add to a wait; nothing may take from it. */
const LATE_MS = 1_500
/** Clocks of one machine are read in whole milliseconds. */
const ROUNDING_MS = 2

describe.each(backendsUnderTest())('what receivers see of each policy, with the queue in $name', (under) => {
  let redrive: WholeRedrive
  beforeAll(async () => {
    redrive = await startWithWorkerOn(under)
  })
  afterAll(() => redrive.close())

  test.each(POLICIES)('the table says what is measured: %s', (_name, policy, delays) => {
    expect(retryDelays(policy)).toEqual(delays)
  })

  test('each retry arrives when its policy says', async () => {
    const measured = await Promise.all(
      POLICIES.map(async ([name, retryPolicy, delays]) => {
        const receiver = await redrive.receiver({ status: 500 })
        const { id } = await redrive.endpoint(receiver.url, { retryPolicy })
        const delivery = await redrive.send(id)
        await redrive.becomes(delivery, 'failed')
        const arrivals = receiver.requests.map(({ receivedAt }) => receivedAt.getTime())
        const waits = arrivals.slice(1).map((at, n) => at - (arrivals[n] ?? NaN))
        return { name, jitter: retryPolicy.jitter, delays, waits }
      }),
    )
    for (const { name, jitter, delays, waits } of measured) {
      expect([name, waits.length]).toEqual([name, delays.length])
      const wrong = waits.filter((wait, n) => {
        const delay = (delays[n] ?? NaN) * 1000
        return !(wait >= delay * (1 - jitter) - ROUNDING_MS && wait <= delay * (1 + jitter) + LATE_MS)
      })
      expect([name, waits, wrong]).toEqual([name, waits, []])
    }
  })
})
