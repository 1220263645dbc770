import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DEFAULT_RETRY_POLICY, GATHER_MOST_MS, GATHER_MS } from '@redrive/core'
import type { Db } from '../../src/db.ts'
import { Prisma } from '../../src/generated/client.ts'
import type { DueDelivery } from '../../src/ledger.ts'
import { createDeliveries } from '../../src/repositories/deliveries.ts'
import { createRetryEvent } from '../../src/repositories/retry-event.ts'
import type { LedgerFixture } from './fixture.ts'
import { LEASE, openLedgerFixture, response, result } from './fixture.ts'

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

const FAILED = {
  status: 'failed',
  failure: { code: 'http_status', message: '500' },
  disableEndpoint: null,
} as const

const NOT_WORTH_A_WRITE_MS = 30

async function failed(): Promise<DueDelivery> {
  const due = await f.deliver()
  await f.ledger.record([result(await f.claim(due), response(500), FAILED)])
  return due
}
/** The retry's own time in the ledger, in milliseconds. */
async function waits(id: string): Promise<number> {
  const { retriedAt, nextAttemptAt } = await f.row(id)
  return Number(nextAttemptAt) - Number(retriedAt)
}
/** As if it had been asked for so many seconds ago; how long it waits in all stays as it is. */
const askedAgo = (id: string, seconds: number) =>
  f.db.$executeRaw`
    UPDATE deliveries SET retried_at = now() - make_interval(secs => ${seconds}),
      next_attempt_at = now() - make_interval(secs => ${seconds}) + (next_attempt_at - retried_at)
    WHERE id = ${id}::uuid`

/** Both ways to ask for it. */
const CALLS: [name: string, call: (due: DueDelivery, db?: Db) => Promise<{ kind: string; due?: unknown }>][] = [
  [
    'of a delivery',
    ({ deliveryId }, db = f.db) =>
      createDeliveries(db, DEFAULT_RETRY_POLICY).retry(f.tenantId, deliveryId, { mode: 'policy', force: false }),
  ],
  [
    'of an event',
    async ({ deliveryId }, db = f.db) => {
      const { eventId } = await f.row(deliveryId)
      return createRetryEvent(db, DEFAULT_RETRY_POLICY)(f.tenantId, eventId, { endpointId: null, onlyFailed: false })
    },
  ],
]
/** The database of a call between whose first look and the rest of it so much happens. */
function slowAfterLook(meanwhile: () => Promise<unknown>): Db {
  let looked = false
  return new Proxy(f.db, {
    get(db, name, receiver): unknown {
      if (name !== '$queryRaw' || looked) return Reflect.get(db, name, receiver)
      looked = true
      return async (...statement: Parameters<Db['$queryRaw']>) => {
        const rows = await db.$queryRaw(...statement)
        await meanwhile()
        return rows
      }
    },
  })
}
const isOne = (due: unknown): boolean => (Array.isArray(due) ? due.length === 1 : due !== null)

test('a retry to one endpoint does not make those of the event’s other endpoints wait', async () => {
  const due = await failed()
  const { eventId, endpointId } = await f.row(due.deliveryId)
  const other = await f.endpoint(f.tenantId)
  await f.events.retry(f.tenantId, eventId, { endpointId, onlyFailed: false })
  const before = await waits(due.deliveryId)
  const answer = await f.events.retry(f.tenantId, eventId, { endpointId: other.id, onlyFailed: false })
  expect([answer.kind, await waits(due.deliveryId)]).toEqual(['queued', before])
})

test('a retry of an event leaves alone what it has found being sent, however late the rest of the call comes', async () => {
  const due = await f.deliver()
  const { eventId } = await f.row(due.deliveryId)
  const delivery = await f.claim(due)
  const db = slowAfterLook(() => f.ledger.record([result(delivery, response(500), FAILED)]))
  const answer = await createRetryEvent(db, DEFAULT_RETRY_POLICY)(f.tenantId, eventId, {
    endpointId: null,
    onlyFailed: false,
  })
  expect(answer).toMatchObject({ kind: 'queued', deliveries: [{ id: due.deliveryId, status: 'failed' }], due: [] })
})

test.each([
  ['delivering', "status = 'active'"],
  ['endpoint_disabled', "status = 'disabled'"],
  ['endpoint_deleted', 'deleted_at = now()'],
] as const)(
  'a retry of a delivery that it has found being sent is refused later on too: %s',
  async (reason, change) => {
    const due = await f.deliver()
    const { endpointId } = await f.row(due.deliveryId)
    const delivery = await f.claim(due)
    const db = slowAfterLook(async () => {
      await f.ledger.record([result(delivery, response(500), FAILED)])
      await f.db.$executeRaw`UPDATE endpoints SET ${Prisma.raw(change)} WHERE id = ${endpointId}::uuid`
    })
    const { deliveryId } = due
    const deliveries = createDeliveries(db, DEFAULT_RETRY_POLICY)
    expect(await deliveries.retry(f.tenantId, deliveryId, { mode: 'policy', force: false })).toEqual({
      kind: 'conflict',
      reason,
    })
  },
)

test.each([
  ['endpoint_disabled', "UPDATE endpoints SET status = 'disabled'"],
  ['endpoint_deleted', 'UPDATE endpoints SET deleted_at = now()'],
  ['expired', 'UPDATE events SET expires_at = now()'],
] as const)('asking once more for a retry that waits is refused: %s', async (reason, change) => {
  const due = await failed()
  const { endpointId, eventId } = await f.row(due.deliveryId)
  const retry = () => f.deliveries.retry(f.tenantId, due.deliveryId, { mode: 'policy', force: false })
  await retry()
  const id = reason === 'expired' ? eventId : endpointId
  await f.db.$executeRaw`${Prisma.raw(change)} WHERE id = ${id}::uuid`
  expect(await retry()).toEqual({ kind: 'conflict', reason })
})

test('a retry of an event whose other delivery has succeeded is asked for once, and goes in a moment', async () => {
  const due = await failed()
  const { eventId } = await f.row(due.deliveryId)
  const other = await f.endpoint(f.tenantId, { eventTypes: ['a.b'] })
  await f.events.retry(f.tenantId, eventId, { endpointId: other.id, onlyFailed: false })
  const made = await f.db.delivery.findFirstOrThrow({ where: { eventId, endpointId: other.id } })
  await f.db.$executeRaw`UPDATE deliveries SET retried_at = NULL, next_attempt_at = now() WHERE id = ${made.id}::uuid`
  await f.ledger.record([
    result(await f.claim({ deliveryId: made.id, round: made.round }), response(200), { status: 'succeeded' }),
  ])
  await f.events.retry(f.tenantId, eventId, { endpointId: null, onlyFailed: true })
  expect((await f.row(due.deliveryId)).retriedAt).not.toBeNull()
  expect(await waits(due.deliveryId)).toBeLessThanOrEqual(1_000)
})

describe.each(CALLS)('a manual retry %s', (_name, call) => {
  test('that one has asked for goes in a moment', async () => {
    const due = await failed()
    const answer = await call(due)
    expect([answer.kind, isOne(answer.due)]).toEqual(['queued', true])
    expect(await waits(due.deliveryId)).toBeGreaterThanOrEqual(GATHER_MS)
    expect(await f.claim({ ...due, round: 1 })).toMatchObject({ attemptNumber: 2, trigger: 'manual' })
  })

  test('that several ask for waits a second from each of them, to an end', async () => {
    const due = await failed()
    await call(due)
    for (const secondsAgo of [1, 2, 3, 4]) {
      await askedAgo(due.deliveryId, secondsAgo)
      const again = await call(due)
      expect([again.kind, isOne(again.due)]).toEqual(['queued', false])
      const enough = Math.min((secondsAgo + 1) * 1_000, GATHER_MOST_MS)
      expect(await waits(due.deliveryId)).toBeGreaterThanOrEqual(enough - NOT_WORTH_A_WRITE_MS)
    }
    await askedAgo(due.deliveryId, 10)
    await call(due)
    expect(GATHER_MOST_MS - (await waits(due.deliveryId))).toBeLessThanOrEqual(NOT_WORTH_A_WRITE_MS)
    expect(await waits(due.deliveryId)).toBeLessThanOrEqual(GATHER_MOST_MS)
    expect(await f.row(due.deliveryId)).toMatchObject({ round: 1, fence: 2 })
  })

  test('is not sent while others may ask for it: a job that comes early is told when to come', async () => {
    const due = await failed()
    await call(due)
    await askedAgo(due.deliveryId, 1)
    await call(due)
    // less than a second ahead, which is on time for any other delivery
    await askedAgo(due.deliveryId, ((await waits(due.deliveryId)) - 900) / 1000)
    const { nextAttemptAt } = await f.row(due.deliveryId)
    expect(await f.ledger.claim([{ ...due, round: 1 }], LEASE)).toEqual([{ kind: 'early', dueAt: nextAttemptAt }])
    await askedAgo(due.deliveryId, 10)
    expect(await f.claim({ ...due, round: 1 })).toMatchObject({ attemptNumber: 2, trigger: 'manual' })
  })

  test('that a call has seen waiting is its retry too, however late the rest of that call comes', async () => {
    const due = await failed()
    await call(due)
    const again = await call(
      due,
      slowAfterLook(async () => {
        await f.db.$executeRaw`UPDATE deliveries SET next_attempt_at = now() WHERE id = ${due.deliveryId}::uuid`
        await f.ledger.record([result(await f.claim({ ...due, round: 1 }), response(500), FAILED)])
      }),
    )
    expect([again.kind, isOne(again.due)]).toEqual(['queued', false])
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'failed', round: 1, attemptCount: 2 })
  })

  test('waits a second from the first look of a further call, and not from its end', async () => {
    const due = await failed()
    await call(due)
    expect(await waits(due.deliveryId)).toBeLessThanOrEqual(1_000)
    await askedAgo(due.deliveryId, 0.1)
    let atLook = 0
    await call(
      due,
      slowAfterLook(async () => {
        atLook = await waits(due.deliveryId)
        await askedAgo(due.deliveryId, 0.5)
      }),
    )
    expect(atLook).toBeGreaterThanOrEqual(1_100)
    expect(await waits(due.deliveryId)).toBe(atLook)
  })

  test('that is parked past its time can be asked for again', async () => {
    const due = await failed()
    await call(due)
    await askedAgo(due.deliveryId, 2)
    await f.db.$executeRaw`UPDATE deliveries SET look_at = NULL WHERE id = ${due.deliveryId}::uuid`
    const again = await call(due)
    expect([again.kind, isOne(again.due)]).toEqual(['queued', true])
    expect((await f.row(due.deliveryId)).round).toBe(2)
  })

  test('asked for again once its attempt has ended is a new one, with a moment of its own', async () => {
    const due = await failed()
    for (let round = 1; round <= 3; round++) {
      const answer = await call(due)
      expect([round, answer.kind, isOne(answer.due)]).toEqual([round, 'queued', true])
      expect(await waits(due.deliveryId)).toBeGreaterThanOrEqual(GATHER_MS)
      await f.ledger.record([result(await f.claim({ ...due, round }), response(500), FAILED)])
    }
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'failed', attemptCount: 4 })
  })
})
