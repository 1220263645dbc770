import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { deliveryId } from '@redrive/core'
import { cancelExpired } from '../../src/ledger/expired-events.ts'
import type { LedgerFixture } from './fixture.ts'
import { failure, HELD, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let fixture: LedgerFixture
beforeAll(async () => {
  fixture = await openLedgerFixture()
})
afterAll(() => fixture.close())

/** An event that expires in so many seconds, fanned out to a new endpoint. */
async function deliver(seconds: number, change: Parameters<LedgerFixture['endpoint']>[1] = {}) {
  const endpoint = await fixture.endpoint(fixture.tenantId, { eventTypes: ['a.b'], ...change })
  const expiresAt = new Date(Date.now() + seconds * 1000)
  const eventId = await fixture.publish({ tenantId: fixture.tenantId, endpointId: endpoint.id, expiresAt })
  const due = await fixture.ledger.fanOut([eventId])
  const [row] = await fixture.db.delivery.findMany({ where: { eventId } })
  if (!row) throw new Error('no delivery was made')
  return { eventId, deliveryId: row.id, round: row.round, due }
}

/** What the database's clock would do by itself, for one event. */
async function expire(eventId: string): Promise<void> {
  const past = new Date(Date.now() - 1_000)
  await fixture.db.event.update({ where: { id: eventId }, data: { expiresAt: past, lookAt: past } })
}

const CANCELLED = {
  status: 'cancelled',
  failureCode: 'expired',
  failureMessage: 'The event expired before it was delivered',
  nextAttemptAt: null,
  lookAt: null,
  completedAt: expect.any(Date),
}

test('what waits for its retry is cancelled when the event expires', async () => {
  const { eventId, deliveryId, round } = await deliver(3600)
  const claimed = await fixture.claim({ deliveryId, round })
  await fixture.ledger.record([result(claimed, response(500), retryIn(1800))])
  await fixture.ledger.sweep(100, 10)
  expect((await fixture.row(deliveryId)).status).toBe('retrying')
  await expire(eventId)
  const swept = await fixture.ledger.sweep(100, 10)
  expect(swept.eventIds).not.toContain(eventId)
  expect(await fixture.row(deliveryId)).toMatchObject(CANCELLED)
  expect((await fixture.db.event.findUniqueOrThrow({ where: { id: eventId } })).lookAt).toBeNull()
})

test('so is what is parked for a paused endpoint', async () => {
  const { eventId, deliveryId, due } = await deliver(3600, { status: 'paused' })
  expect(due).toEqual([])
  await expire(eventId)
  await fixture.ledger.sweep(100, 10)
  expect(await fixture.row(deliveryId)).toMatchObject(CANCELLED)
})

test('so is what an event that nobody took at first is sent to later', async () => {
  const { tenantId } = fixture
  const eventId = await fixture.publish({ tenantId, type: 'of.nobody', expiresAt: new Date(Date.now() + 3_600_000) })
  expect(await fixture.db.event.findUniqueOrThrow({ where: { id: eventId } })).toMatchObject({ status: 'dispatched' })
  const { id: endpointId } = await fixture.endpoint(tenantId, { eventTypes: ['a.b'], status: 'paused' })
  const retried = await fixture.events.retry(tenantId, eventId, { endpointId, onlyFailed: false })
  expect(retried).toMatchObject({ kind: 'queued' })
  await fixture.db.$executeRaw`
    UPDATE events SET expires_at = expires_at - interval '2 hours', look_at = look_at - interval '2 hours'
    WHERE id = ${eventId}::uuid`
  await fixture.ledger.sweep(100, 10)
  expect(await fixture.row(deliveryId(eventId, endpointId))).toMatchObject(CANCELLED)
})

test('what has succeeded or failed stays as it is', async () => {
  const done = await deliver(3600)
  await fixture.ledger.record([result(await fixture.claim(done), response(200), SUCCEEDED)])
  const failed = await deliver(3600)
  const outcome = failure('timeout')
  const http = { code: 'timeout', message: 'it failed' } as const
  await fixture.ledger.record([
    result(await fixture.claim(failed), outcome, { status: 'failed', failure: http, disableEndpoint: null }),
  ])
  await expire(done.eventId)
  await expire(failed.eventId)
  await fixture.ledger.sweep(100, 10)
  expect((await fixture.row(done.deliveryId)).status).toBe('succeeded')
  expect(await fixture.row(failed.deliveryId)).toMatchObject({ status: 'failed', failureCode: 'timeout' })
})

test('what is being sent when the event expires is recorded, and cancelled if it failed', async () => {
  const { eventId, deliveryId, round } = await deliver(3600)
  const claimed = await fixture.claim({ deliveryId, round })
  await expire(eventId)
  await fixture.ledger.sweep(100, 10)
  expect((await fixture.row(deliveryId)).status).toBe('delivering')
  const expired = { code: 'expired', message: 'The event expired' } as const
  const next = { status: 'failed', failure: expired, disableEndpoint: null } as const
  expect(await fixture.ledger.record([result(claimed, response(500), next)])).toEqual([HELD])
  expect(await fixture.row(deliveryId)).toMatchObject({ status: 'cancelled', failureCode: 'expired', lookAt: null })
  expect(await fixture.attemptsOf(deliveryId)).toHaveLength(1)
})

test('an event that waits for its expiry is not owed', async () => {
  await deliver(30)
  await fixture.db.delivery.updateMany({ data: { lookAt: null } })
  expect(await fixture.ledger.oldestOwedSeconds()).toBe(0)
})

test('what was published between the events that expired is not read', async () => {
  const first = await deliver(3600)
  const endpoint = await fixture.endpoint(fixture.tenantId, { eventTypes: ['a.b'] })
  const between: string[] = []
  for (let n = 0; n < 200; n++)
    between.push(await fixture.publish({ tenantId: fixture.tenantId, endpointId: endpoint.id }))
  await fixture.ledger.fanOut(between)
  const last = await deliver(3600)
  await expire(first.eventId)
  await expire(last.eventId)
  const read = await fixture.db.$transaction(async (tx) => {
    // of this connection, and since its figures were last handed in
    const rowsRead = async () => {
      const [row] = await tx.$queryRaw<{ rows: number }[]>`
        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_xact_user_tables
        WHERE relname LIKE 'deliveries%'`
      return row?.rows ?? 0
    }
    const before = await rowsRead()
    await cancelExpired(tx, [first.eventId, last.eventId])
    return (await rowsRead()) - before
  })
  expect(read).toBeLessThan(20)
  for (const { deliveryId } of [first, last]) expect(await fixture.row(deliveryId)).toMatchObject(CANCELLED)
})
