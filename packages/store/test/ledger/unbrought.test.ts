import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type LedgerFixture, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
beforeEach(async () => {
  f = await openLedgerFixture()
})
afterEach(() => f.close())

const swept = async () => {
  const { eventIds, deliveries } = await f.ledger.sweep(100, 10)
  return { eventIds, deliveryIds: deliveries.map(({ deliveryId }) => deliveryId).sort() }
}
const NOTHING = { eventIds: [], deliveryIds: [] }

test('what the queue did not take is found by the next look, and nothing else', async () => {
  const [missed, other] = [await f.deliver(), await f.deliver()]
  const eventId = await f.publish({ tenantId: f.tenantId })
  await f.publish({ tenantId: f.tenantId })
  expect(await swept()).toEqual(NOTHING)
  await f.ledger.unbrought({ eventIds: [eventId], deliveryIds: [missed.deliveryId] })
  expect(await swept()).toEqual(NOTHING)
  await f.letPass(1.1)
  expect(await swept()).toEqual({ eventIds: [eventId], deliveryIds: [missed.deliveryId] })
  expect(await swept()).toEqual(NOTHING)
  expect(await f.row(other.deliveryId)).toMatchObject({ status: 'pending' })
})

test('what has been due for long is not pressed on a queue that may only be slow', async () => {
  const due = await f.deliver()
  await f.db
    .$executeRaw`UPDATE deliveries SET next_attempt_at = now() - interval '1 hour', look_at = now() + interval '60 s'`
  await f.ledger.unbrought({ eventIds: [], deliveryIds: [due.deliveryId] })
  const { lookAt } = await f.row(due.deliveryId)
  expect((lookAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(8_000)
  expect((lookAt?.getTime() ?? 0) - Date.now()).toBeLessThan(11_000)
})

test('what is in hand, or finished, or not due, is left as it is', async () => {
  const [inHand, done, later] = [await f.deliver(), await f.deliver(), await f.deliver()]
  await f.claim(inHand)
  await f.ledger.record([result(await f.claim(done), response(200), SUCCEEDED)])
  await f.ledger.record([result(await f.claim(later), response(500), retryIn(60))])
  const ids = [inHand, done, later].map(({ deliveryId }) => deliveryId)
  const before = await Promise.all(ids.slice(0, 2).map((id) => f.row(id)))
  await f.ledger.unbrought({ eventIds: [], deliveryIds: ids })
  await f.ledger.recall()
  expect(await Promise.all(ids.slice(0, 2).map((id) => f.row(id)))).toEqual(before)
  expect(await swept()).toEqual(NOTHING)
})

test('after a recall everything is found when it is due, and a retry to the moment', async () => {
  const due = await f.deliver()
  const retried = await f.deliver()
  await f.ledger.record([result(await f.claim(retried), response(500), retryIn(60))])
  const eventId = await f.publish({ tenantId: f.tenantId })
  await f.ledger.recall()
  expect(await swept()).toEqual({ eventIds: [eventId], deliveryIds: [due.deliveryId] })
  const { lookAt, nextAttemptAt } = await f.row(retried.deliveryId)
  expect(lookAt).toEqual(nextAttemptAt)
  await f.letPass(60)
  expect((await swept()).deliveryIds).toContain(retried.deliveryId)
})

test('a recall reaches further than one batch', async () => {
  const endpoint = await f.endpoint(f.tenantId, { eventTypes: ['none'] })
  await f.db.$executeRaw`
    INSERT INTO deliveries (id, event_id, endpoint_id, tenant_id, event_type, next_attempt_at, look_at)
    SELECT gen_random_uuid(), gen_random_uuid(), ${endpoint.id}::uuid, ${f.tenantId}::uuid, 'a', now(),
           now() + make_interval(secs => 5 + n % 3)
    FROM generate_series(1, 12000) AS n`
  await f.ledger.recall()
  expect(await f.db.delivery.count({ where: { lookAt: { gt: new Date(Date.now() + 1000) } } })).toBe(0)
})
