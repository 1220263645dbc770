import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Endpoint } from '@redrive/core'
import { GATHER_MS, newId } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import type { Prisma } from '../../src/generated/client.ts'
import type { RetryAnswer } from '../../src/repositories.ts'
import type { Fixture } from './fixture.ts'
import { addDelivery, openFixture, POOL_SIZE } from './fixture.ts'

let fixture: Fixture
let endpoint: Endpoint
const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1000)
const ahead = (seconds: number): Date => ago(-seconds)
const POLICY = { mode: 'policy', force: false } as const

beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())
beforeEach(async () => {
  endpoint = await fixture.endpoint(fixture.tenantId)
})

async function delivery(
  state: Partial<Prisma.DeliveryUncheckedCreateInput> & {
    status: 'pending' | 'delivering' | 'retrying' | 'succeeded' | 'failed' | 'cancelled'
  },
  event: { expiresAt?: Date } = {},
): Promise<string> {
  const eventId = await fixture.publish({ tenantId: fixture.tenantId, ...event })
  return addDelivery(fixture.db, { tenantId: fixture.tenantId, eventId, endpointId: endpoint.id }, state)
}
const row = (id: string) => fixture.db.delivery.findUniqueOrThrow({ where: { id } })
const retry = (id: string, options: { mode: 'policy' | 'once'; force: boolean } = POLICY): Promise<RetryAnswer> =>
  fixture.deliveries.retry(fixture.tenantId, id, options)

const FAILED = {
  status: 'failed',
  attemptCount: 3,
  policyAttempts: 3,
  failureCode: 'http_status',
  failureMessage: '500',
} as const

describe('finished', () => {
  test.each(['policy', 'once'] as const)('failed goes back to pending, due now, in mode %s', async (mode) => {
    const id = await delivery({ ...FAILED, faults: 2 })
    const answer = await retry(id, { mode, force: false })
    expect(answer).toMatchObject({
      kind: 'queued',
      delivery: { id, status: 'pending', attemptCount: 3, policyAttempts: 0, failure: null, completedAt: null },
      due: {
        deliveryId: id,
        round: 1,
        tenantId: fixture.tenantId,
        endpointId: endpoint.id,
        eventType: 'order.created',
        trigger: 'manual',
      },
    })
    expect(answer).toHaveProperty('delivery.maxAttempts', mode === 'once' ? 4 : 13)
    const after = await row(id)
    expect(after).toMatchObject({ mode, trigger: 'manual', faults: 0, round: 1 })
    expect(after.lookAt?.getTime()).toBe((after.retriedAt?.getTime() ?? 0) + 10_000)
    expect(Number(after.nextAttemptAt) - Number(after.retriedAt)).toBeGreaterThanOrEqual(GATHER_MS)
  })

  test('cancelled goes back to pending', async () => {
    expect(await retry(await delivery({ status: 'cancelled' }))).toMatchObject({ kind: 'queued', due: { round: 1 } })
  })

  test('succeeded is a conflict, unless forced', async () => {
    const id = await delivery({ status: 'succeeded', attemptCount: 1 })
    expect(await retry(id)).toEqual({ kind: 'conflict', reason: 'succeeded' })
    expect(await retry(id, { mode: 'policy', force: true })).toMatchObject({ kind: 'queued', due: { round: 1 } })
  })
})

describe('unfinished', () => {
  test('a waiting attempt goes now, and the schedule goes on from there', async () => {
    const id = await delivery({
      status: 'retrying',
      attemptCount: 2,
      policyAttempts: 2,
      round: 4,
      nextAttemptAt: ahead(3600),
    })
    const answer = await retry(id, { mode: 'once', force: false })
    expect(answer).toMatchObject({
      kind: 'queued',
      delivery: { status: 'retrying', policyAttempts: 2 },
      due: { round: 5 },
    })
    expect((await row(id)).mode).toBe('policy')
  })

  test('what is due already is not queued again', async () => {
    const id = await delivery({ status: 'pending', nextAttemptAt: ago(1) })
    expect(await retry(id)).toMatchObject({ kind: 'queued', due: null })
    expect((await row(id)).round).toBe(0)
  })

  test('what a breaker has parked goes past it', async () => {
    const id = await delivery({ status: 'pending', nextAttemptAt: ago(10), lookAt: null })
    expect(await retry(id)).toMatchObject({ kind: 'queued', due: { round: 1 } })
  })

  test('delivering is a conflict, forced or not', async () => {
    const id = await delivery({ status: 'delivering' })
    expect(await retry(id)).toEqual({ kind: 'conflict', reason: 'delivering' })
    expect(await retry(id, { mode: 'once', force: true })).toEqual({ kind: 'conflict', reason: 'delivering' })
  })
})

describe('the endpoint and the event', () => {
  test('disabled', async () => {
    const id = await delivery(FAILED)
    await fixture.endpoints.update(fixture.tenantId, endpoint.id, { status: 'disabled' })
    expect(await retry(id)).toEqual({ kind: 'conflict', reason: 'endpoint_disabled' })
  })

  test('deleted, which is said before anything else', async () => {
    const id = await delivery({ status: 'succeeded' }, { expiresAt: ago(1) })
    await fixture.endpoints.delete(fixture.tenantId, endpoint.id)
    expect(await retry(id)).toEqual({ kind: 'conflict', reason: 'endpoint_deleted' })
  })

  test('paused: taken, and parked; the sweep brings it after the resume', async () => {
    const id = await delivery(FAILED)
    await fixture.endpoints.update(fixture.tenantId, endpoint.id, { status: 'paused' })
    expect(await retry(id)).toMatchObject({ kind: 'queued', due: null, delivery: { status: 'pending' } })
    expect((await row(id)).lookAt).toBeNull()
  })

  test('expired', async () => {
    const id = await delivery(FAILED, { expiresAt: ago(1) })
    expect(await retry(id)).toEqual({ kind: 'conflict', reason: 'expired' })
  })

  test('unknown: another tenant’s, none, and text that is no id', async () => {
    const id = await delivery(FAILED)
    expect(await fixture.deliveries.retry(fixture.otherTenantId, id, POLICY)).toEqual({ kind: 'unknown' })
    expect(await retry(newId())).toEqual({ kind: 'unknown' })
    expect(await retry('no-id')).toEqual({ kind: 'unknown' })
    expect((await row(id)).round).toBe(0)
  })
})

describe('fifty at once', () => {
  const states = [
    ['failed', FAILED],
    ['retrying', { status: 'retrying', attemptCount: 1, nextAttemptAt: ahead(60) }],
    ['succeeded', { status: 'succeeded', attemptCount: 1 }],
  ] as const
  test.each(states)('%s: one is due', async (_name, state) => {
    const id = await delivery(state)
    const answers = await Promise.all(Array.from({ length: 50 }, () => retry(id, { mode: 'policy', force: true })))
    expect(answers.every((answer) => answer.kind === 'queued')).toBe(true)
    expect(answers.filter((answer) => answer.kind === 'queued' && answer.due)).toHaveLength(1)
    expect((await row(id)).round).toBe(1)
  })

  test('also when the attempt fails before the last call is served; a call made after that is a new one', async () => {
    const id = await delivery(FAILED)
    // all connections are open, as a service's are: whoever waited for one would have come later
    await Promise.all(Array.from({ length: 50 }, () => fixture.db.$queryRaw`SELECT 1 FROM pg_sleep(0.02)`))
    let ended = 0
    // whoever gets through first has its attempt made and recorded at once
    const call = async () => {
      const answer = await retry(id)
      if (answer.kind === 'queued' && answer.due) {
        await fixture.db.delivery.update({
          where: { id },
          data: { status: 'failed', lookAt: null, updatedAt: new Date() },
        })
        ended = Date.now()
      }
      return answer
    }
    // held up until all have come: they look in the order in which they come, and then one after the other queues up here
    const answers = await fixture.db.$transaction(
      async (tx) => {
        await tx.$executeRaw`SELECT 1 FROM deliveries WHERE id = ${id}::uuid FOR UPDATE`
        const calls = Promise.all(Array.from({ length: 50 }, call))
        await eventually(async () => {
          await tx.$executeRaw`SELECT pg_stat_clear_snapshot()`
          const [held] = await tx.$queryRaw<{ n: number }[]>`
            SELECT count(*)::int AS n FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`
          return held?.n === POOL_SIZE - 1
        }, 'all to have come')
        // not awaited in here
        return { calls }
      },
      { timeout: 15_000 },
    )
    expect((await answers.calls).filter((answer) => answer.kind === 'queued' && answer.due)).toHaveLength(1)
    await eventually(() => Date.now() > ended, 'the next millisecond')
    expect(await retry(id)).toMatchObject({ kind: 'queued', due: { round: 2 } })
  })
})
