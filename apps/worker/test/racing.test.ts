import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { RetryPolicy } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { type Fixture, openFixture } from './harness.ts'

/** Only what is published to the endpoint itself. */
const NONE_OF_THEM = ['test.none']
const NONE = { strategy: 'schedule', delaysSeconds: [] as number[], jitter: 0 } satisfies RetryPolicy

describe.each(backendsUnderTest())('several workers, with their queue in $name', (under) => {
  let fixture: Fixture
  const receivers: Receiver[] = []
  beforeEach(async () => {
    fixture = await openFixture(under)
  })
  afterEach(async () => {
    await fixture.close()
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))
  })

  async function receiver(...[options]: Parameters<typeof startReceiver>): Promise<Receiver> {
    const started = await startReceiver(options)
    receivers.push(started)
    return started
  }

  test('publish order holds through a killed worker, a stopped one, and those that come in their place', async () => {
    // each fails once: the head holds the rest until it is through
    const seen = new Set<unknown>()
    const inOrder = await receiver({
      answer: ({ headers }) => {
        const again = seen.has(headers['webhook-id']) || Math.random() < 0.7
        seen.add(headers['webhook-id'])
        return { status: again ? 200 : 500, delayMs: 30 }
      },
    })
    const id = (await fixture.endpoint(inOrder.url, { eventTypes: NONE_OF_THEM, ordering: 'fifo' })).id
    const [doomed, stopped] = await Promise.all([fixture.startProcess(), fixture.startProcess()])
    const published: string[] = []
    for (let n = 0; n < 15; n++) published.push(await fixture.publish({ endpointId: id }))
    await inOrder.waitFor(4)
    doomed.signal('SIGKILL')
    await doomed.exited
    const third = fixture.startProcess()
    stopped.signal('SIGTERM')
    expect(await stopped.exited).toBe(0)
    await third
    // time passes, for the lease of what the first had in hand
    await fixture.sql(`UPDATE deliveries SET look_at = now() WHERE status = 'delivering'`)
    await eventually(
      async () => {
        const [row] = await fixture.sql<{ left: number }>(
          `SELECT count(*)::int AS left FROM deliveries WHERE status <> 'succeeded'`,
        )
        return row?.left === 0
      },
      'all to be delivered',
      60_000,
    )
    const order = inOrder.requests.map(({ headers }) => String(headers['webhook-id']))
    // each again and again until it is through, and never one that has been passed
    expect(order.filter((eventId, at) => eventId !== order[at - 1])).toEqual(published)
    expect(inOrder.concurrency.most).toBe(1)
  })

  test('each end of a delivery and of an endpoint is told once', async () => {
    const watcher = await receiver()
    await fixture.endpoint(watcher.url, { eventTypes: ['redrive.*'] })
    const failing = await receiver({ answer: { status: 500 } })
    const failingId = (await fixture.endpoint(failing.url, { eventTypes: NONE_OF_THEM, retryPolicy: NONE })).id
    const gone = await receiver({ answer: { status: 410, delayMs: 50 } })
    const goneId = (await fixture.endpoint(gone.url, { eventTypes: NONE_OF_THEM })).id
    // none is made for what is disabled
    await fixture.store.endpoints.update(fixture.tenantId, goneId, { status: 'paused' })
    for (let n = 0; n < 3; n++) fixture.startWorker()
    await Promise.all(
      Array.from({ length: 20 }, () => [
        fixture.publish({ endpointId: failingId }),
        fixture.publish({ endpointId: goneId }),
      ]).flat(),
    )
    await eventually(async () => {
      const [row] = await fixture.sql<{ n: number }>(
        `SELECT count(*)::int AS n FROM deliveries WHERE endpoint_id = $1`,
        [goneId],
      )
      return row?.n === 20
    }, 'the deliveries to be made')
    await fixture.store.endpoints.update(fixture.tenantId, goneId, { status: 'active' })
    const told = async () => {
      const rows = await fixture.sql<{ type: string; n: number; about: number }>(
        `SELECT type, count(*)::int AS n,
                count(DISTINCT coalesce(payload::json ->> 'deliveryId', payload::json ->> 'endpointId'))::int AS about
         FROM events WHERE type LIKE 'redrive.%' GROUP BY 1 ORDER BY 1`,
      )
      return Object.fromEntries(rows.map(({ type, n, about }) => [type, { n, about }]))
    }
    const failures = { n: 40, about: 40 }
    await eventually(async () => (await told())['redrive.delivery.failed']?.about === 40, 'all to be told')
    expect(await told()).toEqual({
      'redrive.delivery.failed': failures,
      'redrive.endpoint.disabled': { n: 1, about: 1 },
    })
    failing.answerWith({})
    await fixture.sql(`DELETE FROM endpoint_health`)
    const { data } = await fixture.store.deliveries.list(fixture.tenantId, { endpointId: failingId }, { limit: 50 })
    await Promise.all(
      data.flatMap(({ id }) =>
        Array.from({ length: 3 }, () =>
          fixture.store.deliveries.retry(fixture.tenantId, id, { mode: 'policy', force: false }),
        ),
      ),
    )
    await fixture.letPass()
    await eventually(async () => (await told())['redrive.delivery.recovered']?.about === 20, 'recoveries')
    expect(await told()).toEqual({
      'redrive.delivery.failed': failures,
      'redrive.delivery.recovered': { n: 20, about: 20 },
      'redrive.endpoint.disabled': { n: 1, about: 1 },
    })
    const requests = await watcher.waitFor(61)
    await eventually(async () => {
      const [row] = await fixture.sql<{ left: number }>(
        `SELECT count(*)::int AS left FROM deliveries WHERE status NOT IN ('succeeded', 'failed')`,
      )
      return row?.left === 0
    }, 'nothing to be left')
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(61)
    expect(watcher.requests).toHaveLength(61)
  })
})
