import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { LedgerFixture } from './fixture.ts'
import { LEASE, openLedgerFixture, response, result, retryIn } from './fixture.ts'

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

describe('release', () => {
  test('gives back in a new round, without an attempt, keeping the trigger', async () => {
    const due = await f.deliver()
    await f.db.delivery.update({ where: { id: due.deliveryId }, data: { trigger: 'manual' } })
    const { claim } = await f.claim(due)
    await f.ledger.release([{ claim, delaySeconds: 0, fault: null }])
    expect(await f.row(due.deliveryId)).toMatchObject({
      status: 'pending',
      round: 1,
      faults: 0,
      trigger: 'manual',
      attemptCount: 0,
    })
    const { deliveries } = await f.ledger.sweep(100, 10)
    expect(deliveries).toContainEqual(
      expect.objectContaining({ deliveryId: due.deliveryId, round: 1, trigger: 'manual' }),
    )
  })

  test('what was being retried is retrying again', async () => {
    const due = await f.deliver()
    await f.ledger.record([result(await f.claim(due), response(500), retryIn(0))])
    const { claim } = await f.claim(due)
    await f.ledger.release([{ claim, delaySeconds: 60, fault: null }])
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'retrying', policyAttempts: 1 })
    expect(await f.ledger.claim([{ ...due, round: 1 }], LEASE)).toMatchObject([{ kind: 'early' }])
  })

  test('the third fault in a row sets it aside; a recorded attempt starts the count anew', async () => {
    const due = await f.deliver()
    const fault = async (): Promise<void> => {
      const { claim, round } = await f.claim(due)
      due.round = round + 1
      await f.ledger.release([{ claim, delaySeconds: 0, fault: 'it threw' }])
    }
    await fault()
    await fault()
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'pending', faults: 2 })
    await f.ledger.record([result(await f.claim(due), response(500), retryIn(0))])
    await fault()
    await fault()
    await fault()
    expect(await f.row(due.deliveryId)).toMatchObject({
      status: 'failed',
      failureCode: 'internal',
      failureMessage: 'it threw',
      lookAt: null,
      nextAttemptAt: null,
      completedAt: expect.any(Date),
      attemptCount: 1,
    })
    expect(await f.db.endpointHealth.findUnique({ where: { endpointId: due.endpointId } })).toMatchObject({
      consecutiveFailures: 1,
    })
  })

  test('with a lost fence changes nothing', async () => {
    const due = await f.deliver()
    const { claim } = await f.claim(due)
    await f.ledger.release([{ claim: { ...claim, fence: claim.fence - 1 }, delaySeconds: 0, fault: 'x' }])
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'delivering', faults: 0 })
  })
})

test('renew prolongs what is still ours, and only that', async () => {
  const [one, two] = [await f.deliver(), await f.deliver()]
  const mine = await f.claim(one, 1)
  const lost = await f.claim(two, 1)
  const before = (await f.row(two.deliveryId)).lookAt
  await f.ledger.renew([mine.claim, { ...lost.claim, fence: 0 }], 600)
  expect((await f.row(one.deliveryId)).lookAt?.getTime()).toBeGreaterThan(Date.now() + 500_000)
  expect((await f.row(two.deliveryId)).lookAt).toEqual(before)
})
