import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { BulkRetry } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { type Fixture, openFixture } from './harness.ts'

const FILTER = {
  status: 'failed',
  endpointId: null,
  eventType: null,
  since: null,
  until: null,
  errorCode: null,
} as const

describe.each(backendsUnderTest())('bulk retries, with the queue in $name', (under) => {
  let fixture: Fixture
  let receiver: Receiver
  let endpointId: string
  beforeEach(async () => {
    fixture = await openFixture(under)
    receiver = await startReceiver()
    endpointId = (await fixture.endpoint(receiver.url)).id
  })
  afterEach(async () => {
    await fixture.close()
    await receiver.close()
  })

  /** Events whose deliveries failed for good after one attempt. */
  async function failures(count: number): Promise<string[]> {
    const ids: string[] = []
    while (ids.length < count) {
      const some = Math.min(count - ids.length, 50)
      ids.push(...(await Promise.all(Array.from({ length: some }, () => fixture.publish({}, { job: false })))))
    }
    await fixture.store.ledger.fanOut(ids)
    await fixture.sql(
      `UPDATE deliveries SET status = 'failed', attempt_count = 1, policy_attempts = 1, look_at = NULL,
         next_attempt_at = NULL, completed_at = now(), gave_up_at = now() WHERE endpoint_id = $1`,
      [endpointId],
    )
    return ids
  }

  async function start(): Promise<BulkRetry> {
    const request = { filter: { ...FILTER, endpointId }, mode: 'policy', onlyMissing: false } as const
    const answer = await fixture.store.bulkRetries.start(fixture.tenantId, request)
    if (answer.kind !== 'started') throw new Error(answer.kind)
    return answer.retry
  }
  const shown = async (retry: BulkRetry): Promise<BulkRetry> => {
    const found = await fixture.store.bulkRetries.get(fixture.tenantId, retry.id)
    if (found === null) throw new Error('the bulk retry is gone')
    return found
  }
  const counts = () =>
    fixture.sql<{ status: string; trigger: string | null; n: number }>(
      `SELECT d.status, a.trigger, count(*)::int AS n FROM deliveries d
       LEFT JOIN attempts a ON a.delivery_id = d.id AND a.outcome = 'succeeded'
       WHERE d.endpoint_id = $1 GROUP BY 1, 2`,
      [endpointId],
    )

  test('all that failed is sent again, and its completion told', async () => {
    const ids = await failures(150)
    const retry = await start()
    fixture.startWorker()
    const requests = await receiver.waitFor(ids.length)
    await eventually(async () => (await shown(retry)).status === 'completed', 'the bulk retry to be completed')
    expect(await shown(retry)).toMatchObject({ matched: 150, queued: 150, skipped: 0 })
    expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(ids))
    expect(requests.every(({ headers }) => headers['redrive-attempt'] === '2')).toBe(true)
    await eventually(async () => (await counts()).every((row) => row.status === 'succeeded'), 'all to be recorded')
    expect(await counts()).toEqual([{ status: 'succeeded', trigger: 'bulk', n: 150 }])
  })

  test('fresh events pass it by, and it keeps few jobs in the queue', async () => {
    const { length: all } = await failures(1500)
    receiver.answerWith({ delayMs: 100 })
    const fresh = await startReceiver()
    await fixture.sql(`UPDATE endpoints SET event_types = '{none}'`)
    await fixture.endpoint(fresh.url)
    const retry = await start()
    fixture.startWorker()
    await receiver.waitFor(50)
    await fixture.publish()
    await fresh.waitFor(1)
    expect((await shown(retry)).status).toBe('running')
    const waiting = await fixture.producer.counts()
    expect(waiting.retry['waiting'] ?? 0).toBeLessThanOrEqual(200)
    await fixture.store.bulkRetries.cancel(fixture.tenantId, retry.id)
    const { queued } = await shown(retry)
    await receiver.waitFor(queued)
    expect(queued).toBeLessThan(all)
    await fresh.close()
  })

  test('its worker killed half way, another goes on: each delivery is retried once', async () => {
    const ids = await failures(600)
    receiver.answerWith({ delayMs: 50 })
    const retry = await start()
    const doomed = await fixture.startProcess()
    await receiver.waitFor(60)
    doomed.signal('SIGKILL')
    await doomed.exited
    expect((await shown(retry)).status).toBe('running')
    // time passes, for the leases and for the jobs that died with it
    await fixture.sql(
      `UPDATE deliveries SET look_at = now() - interval '10 minutes',
         next_attempt_at = next_attempt_at - interval '10 minutes' WHERE look_at IS NOT NULL`,
    )
    await fixture.startProcess()
    await eventually(async () => (await shown(retry)).status === 'completed', 'the bulk retry to be completed', 60_000)
    expect(await shown(retry)).toMatchObject({ matched: 600, queued: 600, skipped: 0 })
    await eventually(async () => (await counts()).every((row) => row.status === 'succeeded'), 'all to succeed', 60_000)
    const [{ n: interrupted } = { n: NaN }] = await fixture.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM attempts WHERE error_code = 'interrupted'`,
    )
    const [{ n: answered } = { n: NaN }] = await fixture.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM attempts WHERE outcome = 'succeeded'`,
    )
    expect(answered).toBe(600)
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(ids))
    // sent twice was only what the dead worker had in hand
    expect(receiver.requests.length).toBeLessThanOrEqual(600 + interrupted)
  })
})
