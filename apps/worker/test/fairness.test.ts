import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type EndpointSettings, generateSecret } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { type Fixture, openFixture, SOON } from './harness.ts'

const EVENTS = 24
/** More than the usual lane fans out at once. */
const FAN_OUT = 1_500

describe.each(backendsUnderTest())('two workers, with their queue in $name', (under) => {
  let fixture: Fixture
  const receivers: Receiver[] = []
  beforeEach(async () => {
    fixture = await openFixture(under)
  })
  afterEach(async () => {
    await fixture.close()
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))
  })

  async function receiverWith(settings: Partial<EndpointSettings>) {
    const receiver = await startReceiver({
      answer: () => ({ status: Math.random() < 0.1 ? 500 : 200, delayMs: Math.random() * 40 }),
    })
    receivers.push(receiver)
    const { id } = await fixture.store.endpoints.create(fixture.tenantId, {
      ...ENDPOINT,
      ...settings,
      url: receiver.url,
      secret: generateSecret(),
    })
    return { id, receiver }
  }

  test('never exceed an endpoint’s concurrency, rate or order under random load, and deliver it all', async () => {
    const few = await receiverWith({ maxConcurrency: 2 })
    const rare = await receiverWith({ rateLimit: { limit: 10, perSeconds: 1 } })
    const inOrder = await receiverWith({ ordering: 'fifo' })
    fixture.startWorker()
    fixture.startWorker()
    const published = new Map<string, string[]>()
    for (let n = 0; n < EVENTS; n++) {
      for (const { id } of [few, rare, inOrder].sort(() => Math.random() - 0.5)) {
        const eventId = await fixture.publish({ endpointId: id })
        published.set(id, [...(published.get(id) ?? []), eventId])
      }
    }
    await eventually(
      async () => {
        const [row] = await fixture.sql<{ left: string }>(
          `SELECT count(*) AS left FROM deliveries WHERE status <> 'succeeded'`,
        )
        return Number(row?.left) === 0
      },
      'all to be delivered',
      60_000,
    )
    const [made] = await fixture.sql<{ count: string }>('SELECT count(*) AS count FROM deliveries')
    expect(Number(made?.count)).toBe(3 * EVENTS)
    expect(few.receiver.concurrency.most).toBeLessThanOrEqual(2)
    expect(inOrder.receiver.concurrency.most).toBe(1)
    expect(rare.receiver.mostWithin(1_000)).toBeLessThanOrEqual(10)
    // a failed head comes again before the next: each event's last arrival is in publish order
    const arrivals = inOrder.receiver.requests.map(({ headers }) => headers['webhook-id'])
    expect(arrivals.filter((id, at) => arrivals[at + 1] !== id)).toEqual(published.get(inOrder.id))
  })

  test('deliver one event to very many endpoints, once each, and another event before they are through', async () => {
    // it answers when the other has its event
    const [many, other] = [
      await startReceiver({ answer: { delayMs: 1_000 } }),
      await receiverWith({ eventTypes: ['other'] }),
    ]
    receivers.push(many)
    const make = () =>
      fixture.store.endpoints.create(fixture.tenantId, {
        ...ENDPOINT,
        eventTypes: ['fanned'],
        url: many.url,
        secret: generateSecret(),
      })
    for (let made = 0; made < FAN_OUT; made += 50) await Promise.all(Array.from({ length: 50 }, make))
    other.receiver.answerWith({})
    fixture.startWorker()
    fixture.startWorker()
    const eventId = await fixture.publish({ type: 'fanned' })
    await eventually(() => many.requests.length > 0, 'the fan-out to begin')
    await fixture.publish({ endpointId: other.id })
    await other.receiver.waitFor(1)
    expect(many.requests.length).toBeLessThan(FAN_OUT)
    many.answerWith({})
    await many.waitFor(FAN_OUT, { timeoutMs: 60_000 })
    await eventually(async () => {
      const rows = await fixture.sql<{ status: string; attempts: number; count: number }>(
        `SELECT status, attempt_count AS attempts, count(DISTINCT endpoint_id)::int AS count
         FROM deliveries WHERE event_id = $1 GROUP BY 1, 2`,
        [eventId],
      )
      return rows.length === 1 && rows[0]?.count === FAN_OUT && rows[0].attempts === 1
    }, 'each to be delivered at its first attempt')
    expect(many.requests).toHaveLength(FAN_OUT)
  })

  test('an answer of 429 holds all of an endpoint’s deliveries back for as long as it asks', async () => {
    const { id, receiver } = await receiverWith({})
    receiver.answerWith([{ status: 429, headers: { 'retry-after': '2' } }, { status: 200 }])
    fixture.startWorker()
    fixture.startWorker()
    await fixture.becomes(await fixture.publish({ endpointId: id }), 'retrying')
    await fixture.becomes(await fixture.publish({ endpointId: id }), 'succeeded')
    const [first, second] = receiver.requests.map((request) => request.receivedAt.getTime())
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_950)
  })
})

const ENDPOINT: Omit<EndpointSettings, 'url'> & { status: 'active' } = {
  description: '',
  metadata: {},
  eventTypes: ['*'],
  channels: [],
  filter: null,
  signature: { scheme: 'standard' },
  bodyFormat: 'raw',
  headers: {},
  retryPolicy: SOON,
  timeoutSeconds: 15,
  rateLimit: null,
  maxConcurrency: null,
  ordering: 'none',
  disableAfterSeconds: null,
  callbackUrl: null,
  status: 'active',
}
