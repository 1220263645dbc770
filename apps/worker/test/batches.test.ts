import { expect, test } from '@jest/globals'
import type { Outcome } from '@redrive/core'
import type { AttemptResult } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { noTracing } from '@redrive/tracing'
import { createDeliveryLedger } from '../src/batches.ts'

const common = {
  startedAt: new Date(0),
  durationMs: 1,
  timings: { dns: null, connect: null, tls: null, firstByte: null, total: 1 },
}
const SUCCESS: Outcome = { ...common, kind: 'response', status: 200, headers: {}, body: '', bodyTruncated: false }
const REFUSED: Outcome = { ...common, kind: 'error', code: 'connect', message: 'refused' }
const HELD = { held: true, othersWait: false }

function result(deliveryId: string, outcome: Outcome): AttemptResult {
  return {
    claim: { deliveryId, fence: 1 },
    attemptNumber: 1,
    trigger: 'automatic',
    request: { method: 'POST', url: 'http://127.0.0.1/', headers: {} },
    outcome,
    error: null,
    countsForPolicy: true,
    decision: 'as the test says',
    next: { status: 'succeeded' },
    callback: false,
  }
}

test('a success is recorded while failures wait for each other’s locks', async () => {
  const held: (() => void)[] = []
  const recorded: string[][] = []
  const ledger = createDeliveryLedger(
    {
      claim: () => Promise.reject(new Error('nothing is claimed')),
      leaveLate: () => Promise.reject(new Error('nothing is late')),
      release: () => Promise.resolve(),
      record: async (results) => {
        recorded.push(results.map(({ claim }) => claim.deliveryId))
        if (results.some(({ claim }) => claim.deliveryId === 'dead')) {
          await new Promise<void>((resolve) => held.push(resolve))
        }
        return results.map(() => HELD)
      },
    },
    noTracing,
  )
  const failures = [ledger.record(result('dead', REFUSED), false), ledger.record(result('dead', REFUSED), false)]
  expect(await ledger.record(result('well', SUCCESS), false)).toEqual(HELD)
  const more = ledger.record(result('dead', REFUSED), false)
  expect(await ledger.record(result('well', SUCCESS), false)).toEqual(HELD)
  // one statement at a time holds the locks of those who fail
  expect(recorded).toEqual([['dead', 'dead'], ['well'], ['well']])
  held.shift()?.()
  await Promise.all(failures)
  await eventually(() => held.length > 0, 'the next batch of failures')
  expect(recorded).toHaveLength(4)
  held.shift()?.()
  expect(await more).toEqual(HELD)
  await ledger.close()
})

test('what others wait for is not recorded with what may gather', async () => {
  const recorded: string[][] = []
  const ledger = createDeliveryLedger(
    {
      claim: () => Promise.reject(new Error('nothing is claimed')),
      leaveLate: () => Promise.reject(new Error('nothing is late')),
      release: () => Promise.resolve(),
      record: (results) => {
        recorded.push(results.map(({ claim }) => claim.deliveryId))
        return Promise.resolve(results.map(() => HELD))
      },
    },
    noTracing,
  )
  await Promise.all([
    ledger.record(result('free', SUCCESS), false),
    ledger.record(result('waited for', SUCCESS), true),
    ledger.record(result('free', SUCCESS), false),
  ])
  expect(recorded).toHaveLength(2)
  expect(recorded).toContainEqual(['free', 'free'])
  expect(recorded).toContainEqual(['waited for'])
  await ledger.close()
})
