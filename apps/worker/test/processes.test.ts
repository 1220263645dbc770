import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { createEmptyDatabase } from '@redrive/testkit/postgres'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { LEASE_SECONDS } from '../src/leases.ts'
import { type Fixture, openFixture, startProcess } from './harness.ts'

/** Two events each time: some 40 a second. */
const EVERY_MS = 50

test('refuses a database that was not migrated in one line', async () => {
  const empty = await createEmptyDatabase()
  try {
    const worker = startProcess(empty.url)
    expect(await worker.exited).toBe(1)
    expect(worker.lines).toEqual([
      expect.stringMatching(/^the database lacks migration .* run "npm run migrate" first$/),
    ])
  } finally {
    await empty.drop()
  }
})

describe.each(backendsUnderTest())('worker processes, with their queue in $name', (under) => {
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

  const leased = async (): Promise<number> => {
    const [row] = await fixture.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM deliveries WHERE status = 'delivering'`,
    )
    return row?.n ?? NaN
  }

  test('has threads for the look-up of many names', async () => {
    const { pid } = await fixture.startProcess()
    const count = async (): Promise<number> => (await readdir(`/proc/${String(pid)}/task`)).length
    await eventually(async () => (await count()) > 64, 'the threads')
  })

  test('a worker that dies in mid-request leaves an interrupted attempt, which uses up none of the policy’s', async () => {
    await fixture.endpoint(receiver.url, {
      retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 0, jitter: 0 },
    })
    receiver.answerWith([{ delayMs: 60_000 }, {}])
    const doomed = await fixture.startProcess()
    const eventId = await fixture.publish()
    await receiver.waitFor(1)
    doomed.signal('SIGKILL')
    await doomed.exited
    await fixture.startProcess()
    await fixture.letPass()
    const delivery = await fixture.becomes(eventId, 'succeeded')
    expect(delivery).toMatchObject({ attemptCount: 2, policyAttempts: 1 })
    const attempts = await fixture.attempts(delivery.id)
    expect(attempts.map(({ number, error, response }) => [number, error?.code, response?.status])).toEqual([
      [1, 'interrupted', undefined],
      [2, undefined, 200],
    ])
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([eventId, eventId])
  })

  test('one that is killed under load takes no limit with it', async () => {
    const limits = [{ maxConcurrency: 2 }, { maxConcurrency: 3, rateLimit: { limit: 10, perSeconds: 1 } }]
    const receivers = await Promise.all(
      limits.map(() => startReceiver({ answer: () => ({ delayMs: 20 + Math.random() * 100 }) })),
    )
    try {
      const endpointIds = await Promise.all(
        receivers.map(async ({ url }, at) => {
          const { id } = await fixture.endpoint(url)
          await fixture.store.endpoints.update(fixture.tenantId, id, limits[at] ?? {})
          return id
        }),
      )
      const [doomed] = await Promise.all([fixture.startProcess(), fixture.startProcess()])
      const events = 25
      for (let n = 0; n < events; n++) {
        await Promise.all(endpointIds.map((endpointId) => fixture.publish({ endpointId })))
        if (n !== 10) continue
        await Promise.all(receivers.map((each) => each.waitFor(3)))
        doomed.signal('SIGKILL')
        await doomed.exited
      }
      // the survivor holds nothing for so long: what it finds is the dead one's
      await eventually(
        async () => {
          await fixture.sql(`UPDATE deliveries SET look_at = now()
                             WHERE status = 'delivering' AND claimed_at < now() - interval '2 seconds'`)
          const [row] = await fixture.sql<{ n: number }>(
            `SELECT count(*)::int AS n FROM deliveries WHERE status = 'succeeded'`,
          )
          return row?.n === events * endpointIds.length
        },
        'all to be delivered',
        60_000,
      )
      expect(receivers.map(({ concurrency }, at) => concurrency.most <= (limits[at]?.maxConcurrency ?? 0))).toEqual([
        true,
        true,
      ])
      expect(receivers[1]?.mostWithin(1_000)).toBeLessThanOrEqual(10)
    } finally {
      await Promise.all(receivers.map((each) => each.close()))
    }
  })

  test('told to stop, it finishes what it is sending, and ends with 0', async () => {
    await fixture.endpoint(receiver.url)
    receiver.answerWith({ delayMs: 1_000 })
    const worker = await fixture.startProcess()
    const eventIds = await Promise.all(Array.from({ length: 5 }, () => fixture.publish()))
    await receiver.waitFor(5)
    worker.signal('SIGTERM')
    expect(await worker.exited).toBe(0)
    for (const eventId of eventIds) {
      expect(await fixture.delivery(eventId)).toMatchObject({ status: 'succeeded', attemptCount: 1 })
    }
    expect(receiver.requests).toHaveLength(5)
  })

  test('what does not end in time is cut, recorded and handed back: nothing is left leased', async () => {
    await fixture.endpoint(receiver.url)
    receiver.answerWith({ delayMs: 60_000 })
    const worker = await fixture.startProcess({ SHUTDOWN_SECONDS: '4' })
    const eventId = await fixture.publish()
    await receiver.waitFor(1)
    worker.signal('SIGTERM')
    expect(await worker.exited).toBe(0)
    expect(await leased()).toBe(0)
    const cut = await fixture.delivery(eventId)
    expect(cut).toMatchObject({ status: 'retrying', attemptCount: 1, policyAttempts: 0 })
    expect(await fixture.attempts(cut?.id ?? '')).toMatchObject([{ error: { code: 'interrupted' } }])
    receiver.answerWith({})
    await fixture.startProcess()
    await fixture.becomes(eventId, 'succeeded')
  })

  test('a rolling restart of three workers under a steady load costs no attempt, sends nothing twice and nothing late', async () => {
    await fixture.endpoint(receiver.url)
    receiver.answerWith({ delayMs: 50 })
    const old = await Promise.all([fixture.startProcess(), fixture.startProcess(), fixture.startProcess()])
    const published = new Map<string, number>()
    const rolling = new AbortController()
    const publishing = (async () => {
      while (!rolling.signal.aborted) {
        const startedAt = Date.now()
        for (const eventId of await Promise.all([fixture.publish(), fixture.publish()]))
          published.set(eventId, startedAt)
        await sleep(EVERY_MS)
      }
    })()
    for (const worker of old) {
      await receiver.waitFor(receiver.requests.length + 20, { timeoutMs: 60_000 })
      worker.signal('SIGTERM')
      expect(await worker.exited).toBe(0)
      await fixture.startProcess()
    }
    rolling.abort()
    await publishing
    const succeeded = async (): Promise<boolean> => {
      const [row] = await fixture.sql<{ n: number }>(
        `SELECT count(*)::int AS n FROM deliveries WHERE status = 'succeeded'`,
      )
      return row?.n === published.size
    }
    await eventually(succeeded, 'everything to be delivered', 60_000)
    const attempts = await fixture.sql<{ outcome: string }>('SELECT outcome FROM attempts')
    expect(attempts.filter(({ outcome }) => outcome !== 'succeeded')).toEqual([])
    expect(attempts).toHaveLength(published.size)
    expect(receiver.requests).toHaveLength(published.size)
    const waits = receiver.requests.map(
      ({ headers, receivedAt }) => receivedAt.getTime() - (published.get(String(headers['webhook-id'])) ?? 0),
    )
    expect(Math.max(...waits)).toBeLessThan(LEASE_SECONDS * 1000)
  })
})
