import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { type Fixture, openFixture } from './harness.ts'

/** More than a breaker takes that opens early. */
const MANY = 60

describe.each(backendsUnderTest())('two workers, with their queue in $name', (under) => {
  let fixture: Fixture
  let receiver: Receiver
  beforeEach(async () => {
    fixture = await openFixture(under)
    receiver = await startReceiver()
  })
  afterEach(async () => {
    await fixture.close()
    await receiver.close()
  })

  test('an endpoint that fails all the time is soon only probed, and has everything once it is well again', async () => {
    receiver.answerWith({ status: 500, delayMs: 20 })
    const { id } = await fixture.endpoint(receiver.url)
    fixture.startWorker()
    fixture.startWorker()
    const health = async () => (await fixture.store.endpoints.get(fixture.tenantId, id))?.health
    for (let n = 0; n < MANY; n++) await fixture.publish({ endpointId: id })
    await eventually(async () => (await health())?.state === 'open', 'the breaker to open')
    const isQuiet = async (): Promise<boolean> => {
      const [row] = await fixture.sql<{ waits: boolean }>(
        `SELECT count(*) FILTER (WHERE status = 'delivering') = 0 AS waits FROM deliveries`,
      )
      return row?.waits === true && receiver.concurrency.now === 0
    }
    await eventually(isQuiet, 'what was under way to end')
    receiver.concurrency.most = 0
    const before = receiver.requests.length
    await eventually(() => receiver.requests.length >= before + 2, 'two probes')
    expect(receiver.concurrency.most).toBe(1)
    receiver.answerWith({})
    await eventually(
      async () => {
        const rows = await fixture.sql<{ status: string; count: number }>(
          'SELECT status, count(*)::int AS count FROM deliveries GROUP BY 1',
        )
        return rows.length === 1 && rows[0]?.status === 'succeeded' && rows[0].count === MANY
      },
      'all to be delivered',
      60_000,
    )
    expect(await health()).toMatchObject({ state: 'ok' })
  })
})
