import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { closeExpiredLeases } from '../../src/ledger/expired-leases.ts'
import type { LedgerFixture } from './fixture.ts'
import { failure, HELD, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let fixture: LedgerFixture
beforeAll(async () => {
  fixture = await openLedgerFixture()
})
afterAll(() => fixture.close())

const cancel = (id: string) => fixture.deliveries.cancel(fixture.tenantId, id)

test('what waits is cancelled, and its job finds nothing to do', async () => {
  const due = await fixture.deliver()
  expect(await cancel(due.deliveryId)).toMatchObject({
    kind: 'cancelled',
    delivery: { status: 'cancelled', failure: null, nextAttemptAt: null, completedAt: expect.any(Date) },
  })
  expect(await fixture.ledger.claim([due], 30)).toEqual([{ kind: 'nothing', reason: 'finished' }])
  expect(await cancel(due.deliveryId)).toEqual({ kind: 'conflict', status: 'cancelled' })
})

test('what is being sent is not cut short, but no attempt follows', async () => {
  const due = await fixture.deliver()
  const claimed = await fixture.claim(due)
  expect(await cancel(due.deliveryId)).toMatchObject({ kind: 'cancelled', delivery: { status: 'delivering' } })
  expect(await fixture.ledger.record([result(claimed, response(500), retryIn(60))])).toEqual([HELD])
  expect(await fixture.row(due.deliveryId)).toMatchObject({
    status: 'cancelled',
    attemptCount: 1,
    nextAttemptAt: null,
    lookAt: null,
    cancelAsked: false,
    completedAt: expect.any(Date),
  })
  expect(await fixture.attemptsOf(due.deliveryId)).toMatchObject([
    { decision: expect.stringContaining('cancelled'), nextAttemptAt: null },
  ])
})

test('what succeeds after all has succeeded', async () => {
  const due = await fixture.deliver()
  const claimed = await fixture.claim(due)
  await cancel(due.deliveryId)
  await fixture.ledger.record([result(claimed, response(200), SUCCEEDED)])
  expect((await fixture.row(due.deliveryId)).status).toBe('succeeded')
  expect(await cancel(due.deliveryId)).toEqual({ kind: 'conflict', status: 'succeeded' })
})

test('a worker that dies or hands back what was cancelled ends it', async () => {
  const [dead, handedBack] = [await fixture.deliver(), await fixture.deliver()]
  await fixture.claim(dead, 30)
  const claimed = await fixture.claim(handedBack)
  await cancel(dead.deliveryId)
  await cancel(handedBack.deliveryId)
  await fixture.ledger.release([{ claim: claimed.claim, delaySeconds: 1, fault: null }])
  await fixture.letPass(60)
  const swept = await fixture.ledger.sweep(100, 10)
  for (const { deliveryId } of [dead, handedBack]) {
    expect(await fixture.row(deliveryId)).toMatchObject({ status: 'cancelled', lookAt: null, cancelAsked: false })
    expect(swept.deliveries.map((row) => row.deliveryId)).not.toContain(deliveryId)
  }
  expect(await fixture.attemptsOf(dead.deliveryId)).toMatchObject([{ errorCode: 'interrupted', nextAttemptAt: null }])
})

test('a cancel that comes while its dead worker’s claim is being closed is not lost', async () => {
  const due = await fixture.deliver()
  const { claim } = await fixture.claim(due)
  await fixture.letPass(60)
  const closing = await fixture.db.$transaction(
    async (tx) => {
      await tx.$executeRaw`UPDATE deliveries SET cancel_asked = true WHERE id = ${due.deliveryId}::uuid`
      const closed = closeExpiredLeases(fixture.db, [{ ...claim, attemptCount: 0 }], 10)
      await eventually(async () => {
        await tx.$executeRaw`SELECT pg_stat_clear_snapshot()`
        const [held] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`
        return held?.n === 1
      }, 'it to wait for the cancel')
      // not awaited in here
      return { closed }
    },
    { timeout: 15_000 },
  )
  expect(await closing.closed).toEqual([])
  expect(await fixture.row(due.deliveryId)).toMatchObject({ status: 'cancelled', lookAt: null, cancelAsked: false })
  expect(await fixture.attemptsOf(due.deliveryId)).toMatchObject([{ errorCode: 'interrupted', nextAttemptAt: null }])
})

test('a cancelled delivery can be retried, by its policy anew', async () => {
  const due = await fixture.deliver()
  await cancel(due.deliveryId)
  const answer = await fixture.deliveries.retry(fixture.tenantId, due.deliveryId, { mode: 'policy', force: false })
  expect(answer).toMatchObject({ kind: 'queued', due: { round: 1 } })
  const claimed = await fixture.claim({ deliveryId: due.deliveryId, round: 1 })
  await fixture.ledger.record([result(claimed, failure('timeout'), retryIn(60))])
  expect((await fixture.row(due.deliveryId)).status).toBe('retrying')
})

test('another tenant’s, and none, is unknown', async () => {
  const due = await fixture.deliver()
  expect(await fixture.deliveries.cancel(fixture.otherTenantId, due.deliveryId)).toEqual({ kind: 'unknown' })
  expect(await cancel(newId())).toEqual({ kind: 'unknown' })
  expect(await cancel('what')).toEqual({ kind: 'unknown' })
  expect((await fixture.row(due.deliveryId)).status).toBe('pending')
})
