import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { DEFAULT_RETRY_POLICY, deliveryId, systemClock } from '@redrive/core'
import { createCrowding } from '@redrive/queue'
import { createMetrics, silentLog } from '@redrive/runtime'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { noTracing } from '@redrive/tracing'
import { createDeliveryLedger } from '../src/batches.ts'
import { createDeliver } from '../src/deliver.ts'
import { createLeases } from '../src/leases.ts'
import { createWorkerMetrics } from '../src/metrics.ts'
import { createWorkerPace } from '../src/turns.ts'
import { type Fixture, openFixture } from './harness.ts'

/** A delivery whose worker is told to cut what it sends before it has begun to send it: no attempt, and nothing late. */

let fixture: Fixture
beforeAll(async () => {
  const [under] = backendsUnderTest()
  if (under !== undefined) fixture = await openFixture(under)
})
afterAll(() => fixture.close())

/** A delivery that waits for its first attempt, and whoever would make it, told to stop `when` it asks for its claim. */
async function setUp(when: 'before' | 'meanwhile') {
  const { store, producer } = fixture
  const endpoint = await fixture.endpoint('http://127.0.0.1:9/never')
  const eventId = await fixture.publish({ endpointId: endpoint.id }, { job: false })
  await store.ledger.fanOut([eventId])
  const stopping = new AbortController()
  if (when === 'before') stopping.abort()
  const leases = createLeases({ ledger: store.ledger, log: silentLog })
  const pace = createWorkerPace()
  let asked = 0
  const claimed = createDeliveryLedger(store.ledger, noTracing)
  const deliver = createDeliver({
    ledger: {
      ...claimed,
      async claim(request) {
        asked += 1
        const answer = await claimed.claim(request)
        stopping.abort()
        return answer
      },
    },
    leases,
    pace,
    producer,
    gates: { look: () => undefined, waitsAt: () => undefined, close: () => Promise.resolve() },
    crowding: createCrowding(),
    sender: { send: () => Promise.reject(new Error('it is not to be sent')) },
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    horizonMs: 1_000,
    version: '0.0.0',
    clock: systemClock,
    random: () => 0.5,
    metrics: createWorkerMetrics(createMetrics({ processMetrics: false })),
    tracing: noTracing,
    tellTrace: false,
    log: silentLog,
  })
  const id = deliveryId(eventId, endpoint.id)
  const result = await deliver.one({ deliveryId: id, round: 0 }, stopping.signal, null)
  leases.close()
  pace.close()
  return { result, asked, delivery: await fixture.delivery(eventId), attempts: await fixture.attempts(id) }
}

test('one that is brought to a worker that has stopped is left to another, unclaimed', async () => {
  const { result, asked, delivery, attempts } = await setUp('before')
  expect(result).toMatchObject({ kind: 'again' })
  expect(asked).toBe(0)
  expect(delivery).toMatchObject({ status: 'pending', attemptCount: 0 })
  expect(attempts).toEqual([])
})

test('one whose claim is answered after the cut is handed back, due at once', async () => {
  const { result, asked, delivery, attempts } = await setUp('meanwhile')
  expect(result).toEqual({ kind: 'done' })
  expect(asked).toBe(1)
  expect(delivery).toMatchObject({ status: 'pending', attemptCount: 0, failure: null })
  expect(attempts).toEqual([])
  const [row] = await fixture.sql<{ owed: boolean }>(
    `SELECT look_at <= clock_timestamp() AS owed FROM deliveries WHERE id = '${delivery?.id ?? ''}'`,
  )
  expect(row?.owed).toBe(true)
})
