import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DEFAULT_RETRY_POLICY, deliveryId, type EndpointSettings, systemClock } from '@redrive/core'
import { createAddressPolicy, createSender } from '@redrive/delivery'
import { createCrowding } from '@redrive/queue'
import { createMetrics, silentLog } from '@redrive/runtime'
import { LATE_START_SECONDS } from '@redrive/store'
import { startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { noTracing } from '@redrive/tracing'
import { createDeliveryLedger } from '../src/batches.ts'
import { createDeliver } from '../src/deliver.ts'
import { createLeases } from '../src/leases.ts'
import { createWorkerMetrics } from '../src/metrics.ts'
import { createWorkerPace } from '../src/turns.ts'
import { type Fixture, openFixture } from './harness.ts'

/** What becomes of a claim that is answered when its worker has stopped, or late. */

let fixture: Fixture
beforeAll(async () => {
  const [under] = backendsUnderTest()
  if (under !== undefined) fixture = await openFixture(under)
})
afterAll(() => fixture.close())

interface Setting {
  /** the worker is told to cut what it sends: before it asks for the claim, or before it has the answer */
  stops?: 'before' | 'meanwhile'
  /** how late the claim is answered */
  lateMs?: number
  settings?: Partial<EndpointSettings>
  /** what becomes of its ticket until then, in SQL */
  ticket?: string
  /** its limit can't be told */
  isMute?: boolean
  /** its endpoint has lost what it signs with */
  isUnsigned?: boolean
}

/** A delivery that waits for its first attempt, and whoever makes it. */
async function setUp({ stops, lateMs = 0, settings = {}, ticket, isMute = false, isUnsigned = false }: Setting) {
  const { store, producer } = fixture
  const receiver = await startReceiver()
  const endpoint = await fixture.endpoint(receiver.url, settings)
  if (isUnsigned) await fixture.sql('DELETE FROM endpoint_secrets WHERE endpoint_id = $1', [endpoint.id])
  const eventId = await fixture.publish({ endpointId: endpoint.id }, { job: false })
  await store.ledger.fanOut([eventId])
  const id = deliveryId(eventId, endpoint.id)
  const stopping = new AbortController()
  if (stops === 'before') stopping.abort()
  const leases = createLeases({ ledger: store.ledger, log: silentLog })
  const pace = createWorkerPace()
  const sender = createSender({
    addressPolicy: createAddressPolicy({ allowNetworks: ['127.0.0.0/8'] }),
    maxSocketsPerOrigin: 1,
  })
  const metrics = createMetrics({ processMetrics: false })
  let asked = 0
  let askedAt = 0
  const claimed = createDeliveryLedger(store.ledger, noTracing)
  const deliver = createDeliver({
    ledger: {
      ...claimed,
      ...(isMute && { leaveLate: () => Promise.reject(new Error('the gate is locked')) }),
      async claim(request) {
        asked += 1
        askedAt = performance.now()
        const answer = await claimed.claim(request)
        if (stops === 'meanwhile') stopping.abort()
        await sleep(lateMs)
        if (ticket !== undefined) await fixture.sql(`UPDATE endpoint_tickets SET ${ticket} WHERE delivery_id = '${id}'`)
        return answer
      },
    },
    leases,
    pace,
    producer,
    gates: { look: () => undefined, waitsAt: () => undefined, close: () => Promise.resolve() },
    crowding: createCrowding(),
    sender,
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    horizonMs: 1_000,
    version: '0.0.0',
    clock: systemClock,
    random: () => 0.5,
    metrics: createWorkerMetrics(metrics),
    tracing: noTracing,
    tellTrace: false,
    log: silentLog,
  })
  const result = await deliver.one({ deliveryId: id, round: 0 }, stopping.signal, null)
  leases.close()
  pace.close()
  await sender.close()
  await receiver.close()
  const [row] = await fixture.sql<{ owed: boolean; counts: boolean | null }>(
    `SELECT d.look_at <= clock_timestamp() AS owed, k.admitted_at > clock_timestamp() AS counts
     FROM deliveries d LEFT JOIN endpoint_tickets k ON k.delivery_id = d.id WHERE d.id = '${id}'`,
  )
  return {
    tookMs: performance.now() - askedAt,
    result,
    asked,
    sent: receiver.requests.length,
    delivery: await fixture.delivery(eventId),
    attempts: await fixture.attempts(id),
    owed: row?.owed,
    counts: row?.counts,
    faults: /^redrive_faults_total (\d+)$/m.exec(await metrics.render())?.[1],
  }
}

/** A limit counts what leaves late for a second: where the machine or its disk stands still for so long, once more. */
async function setUpInTime(setting: Setting): ReturnType<typeof setUp> {
  for (;;) {
    const outcome = await setUp(setting)
    if (outcome.tookMs < LATE_START_SECONDS * 1_000) return outcome
  }
}

test('one that is brought to a worker that has stopped is left to another, unclaimed', async () => {
  const { result, asked, delivery, attempts } = await setUp({ stops: 'before' })
  expect(result).toMatchObject({ kind: 'again' })
  expect(asked).toBe(0)
  expect(delivery).toMatchObject({ status: 'pending', attemptCount: 0 })
  expect(attempts).toEqual([])
})

test('one whose claim is answered after the cut is handed back, due at once', async () => {
  const { result, asked, sent, delivery, attempts, owed, faults } = await setUp({ stops: 'meanwhile' })
  expect(result).toEqual({ kind: 'done' })
  expect(faults).toBe('0')
  expect([asked, sent]).toEqual([1, 0])
  expect(delivery).toMatchObject({ status: 'pending', attemptCount: 0, failure: null })
  expect(attempts).toEqual([])
  expect(owed).toBe(true)
})

test('one that our own code can’t make is handed back for later, and counted as a fault', async () => {
  const { result, sent, delivery, attempts, owed, faults } = await setUp({ isUnsigned: true })
  expect(result).toEqual({ kind: 'done' })
  expect([sent, faults]).toEqual([0, '1'])
  expect(delivery).toMatchObject({ status: 'pending', attemptCount: 0, failure: null })
  expect(attempts).toEqual([])
  expect(owed).toBe(false)
})

describe('one whose claim is answered late', () => {
  const settings = { rateLimit: { limit: 1, perSeconds: 1 } }

  test('is sent, and a rate limit counts it from then on', async () => {
    const { sent, delivery, counts } = await setUpInTime({ lateMs: 300, settings })
    expect(sent).toBe(1)
    expect(delivery).toMatchObject({ status: 'succeeded' })
    expect(counts).toBe(true)
  })

  test('in good time, it is counted from its claim', async () => {
    const { sent, counts } = await setUp({ settings: { rateLimit: { limit: 20, perSeconds: 20 } } })
    expect(sent).toBe(1)
    expect(counts).toBe(false)
  })

  test.each([
    ['its limit counts it no more', { ticket: `admitted_at = admitted_at - interval '2 seconds'` }],
    ['its limit can’t be told', { isMute: true }],
  ])('is handed back when %s', async (_name, more) => {
    const { result, sent, delivery, attempts, owed } = await setUp({ lateMs: 300, settings, ...more })
    expect(result).toEqual({ kind: 'done' })
    expect(sent).toBe(0)
    expect(delivery).toMatchObject({ status: 'pending', attemptCount: 0, failure: null })
    expect(attempts).toEqual([])
    expect(owed).toBe(true)
  })

  test('without a limit, it is sent as it is', async () => {
    const { sent, counts } = await setUp({ lateMs: 300 })
    expect(sent).toBe(1)
    expect(counts).toBeNull()
  })
})
