import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import type { ClaimedDelivery, DueDelivery } from '../../src/ledger.ts'
import { createLedger } from '../../src/ledger/create.ts'
import { sealer } from '../repositories/fixture.ts'
import type { LedgerFixture } from './fixture.ts'
import { failure, LEASE, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

const NOTHING = { deliveryId: '', round: 0 }
const kinds = (answers: { kind: string }[]): string[] => answers.map((answer) => answer.kind)
const health = (endpointId: string) => f.db.endpointHealth.findUniqueOrThrow({ where: { endpointId } })

async function setHealth(endpointId: string, data: Parameters<typeof f.db.endpointHealth.update>[0]['data']) {
  await f.db.endpointHealth.update({ where: { endpointId }, data })
}

/** Twenty failures over more than ten seconds, then one more: the breaker is open. */
async function breakIt(count = 3) {
  const made = await f.flood({}, count)
  const [first] = made.due
  if (!first) throw new Error('nothing is due')
  await f.db.endpointHealth.create({
    data: { endpointId: made.endpointId, consecutiveFailures: 19, failingSince: new Date(Date.now() - 11_000) },
  })
  await f.ledger.record([result(await f.claim(first), failure('timeout'), retryIn(600, false))])
  expect(await health(made.endpointId)).toMatchObject({ breakerState: 'open', probeDelaySeconds: 30 })
  return made
}

describe('the breaker', () => {
  test('opens after twenty failures over ten seconds, and what comes is parked', async () => {
    const { endpointId, due } = await breakIt()
    expect(kinds(await f.ledger.claim(due.slice(1), LEASE))).toEqual(['held', 'held'])
    expect((await f.more(endpointId, 2)).due).toEqual([])
    expect(await f.ledger.letIn([endpointId])).toMatchObject({ deliveries: [], again: [{ endpointId }] })
    expect(await f.endpoints.get(f.tenantId, endpointId)).toMatchObject({ health: { state: 'open' } })
  })

  test('not by twenty failures at once', async () => {
    const { endpointId, due } = await f.flood({}, 21)
    const answers = await f.ledger.claim(due, LEASE)
    await f.ledger.record(
      answers.flatMap((answer) =>
        answer.kind === 'claimed' ? [result(answer.delivery, response(500), retryIn(60))] : [],
      ),
    )
    expect(await health(endpointId)).toMatchObject({ breakerState: 'closed', consecutiveFailures: 21 })
  })

  test('as soon as it is told to', async () => {
    const breaker = { failures: 2, overSeconds: 5, firstProbeSeconds: 7 }
    const ledger = createLedger(f.db, { batches: f.batches, sealer, log: silentLog, breaker })
    const { endpointId, due } = await f.flood({}, 3)
    const [first, second, third] = await Promise.all(due.map((one) => f.claim(one)))
    if (!first || !second || !third) throw new Error('nothing is due')
    const fails = (delivery: ClaimedDelivery) =>
      ledger.record([result(delivery, failure('timeout'), retryIn(600, false))])
    await fails(first)
    await fails(second)
    expect(await health(endpointId)).toMatchObject({ breakerState: 'closed', consecutiveFailures: 2 })
    await setHealth(endpointId, { failingSince: new Date(Date.now() - 5_000) })
    await fails(third)
    expect(await health(endpointId)).toMatchObject({ breakerState: 'open', probeDelaySeconds: 7 })
  })

  test('early by fifty failures over a second, and then it is probed early', async () => {
    const { endpointId, due } = await f.flood({}, 2)
    await f.db.endpointHealth.create({
      data: { endpointId, consecutiveFailures: 48, failingSince: new Date(Date.now() - 1_100) },
    })
    const [first, second] = await Promise.all(due.map((one) => f.claim(one)))
    if (!first || !second) throw new Error('nothing is due')
    await f.ledger.record([result(first, failure('timeout'), retryIn(600, false))])
    expect(await health(endpointId)).toMatchObject({ breakerState: 'closed', consecutiveFailures: 49 })
    await f.ledger.record([result(second, failure('timeout'), retryIn(600, false))])
    expect(await health(endpointId)).toMatchObject({ breakerState: 'open', probeDelaySeconds: 1 })

    const { due: probes } = await f.more(endpointId, 1)
    expect(probes).toEqual([])
    await setHealth(endpointId, { nextProbeAt: new Date(Date.now() - 1) })
    const [probe] = (await f.ledger.letIn([endpointId])).deliveries
    await f.ledger.record([result(await f.claim(probe ?? NOTHING), failure('timeout'), retryIn(600, false))])
    expect(await health(endpointId)).toMatchObject({ breakerState: 'open', probeDelaySeconds: 2 })
  })

  test('while it is open, what comes is parked without asking at the gate', async () => {
    const { endpointId, due } = await breakIt(4)
    expect(kinds(await f.ledger.claim(due.slice(1, 3), LEASE))).toEqual(['held', 'held'])
    expect(await f.db.endpointGate.findUnique({ where: { endpointId } })).toBeNull()
    // its probe's time has come: the next is one
    await setHealth(endpointId, { breakerState: 'open', nextProbeAt: new Date(Date.now() - 1) })
    expect(kinds(await f.ledger.claim(due.slice(3, 4), LEASE))).toEqual(['claimed'])
    expect(await health(endpointId)).toMatchObject({ breakerState: 'half_open' })
  })

  test('one probe at a time; one that fails doubles the wait, one that succeeds opens the gate by and by', async () => {
    const { endpointId, due } = await breakIt(30)
    await f.ledger.claim(due.slice(1), LEASE)
    await setHealth(endpointId, { nextProbeAt: new Date(Date.now() - 1) })
    const looks = await Promise.all([
      f.ledger.letIn([endpointId]),
      f.ledger.letIn([endpointId]),
      f.ledger.letIn([endpointId]),
    ])
    const probes = looks.flatMap((look) => look.deliveries)
    expect(probes).toHaveLength(1)
    expect(await health(endpointId)).toMatchObject({ breakerState: 'half_open' })
    await f.ledger.record([
      result(await f.claim(probes[0] ?? { deliveryId: '', round: 0 }), failure('timeout'), retryIn(900, false)),
    ])
    const reopened = await health(endpointId)
    expect(reopened).toMatchObject({ breakerState: 'open', probeDelaySeconds: 60 })
    expect((reopened.nextProbeAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000)

    await setHealth(endpointId, { nextProbeAt: new Date(Date.now() - 1) })
    const [probe] = (await f.ledger.letIn([endpointId])).deliveries
    await f.ledger.record([result(await f.claim(probe ?? { deliveryId: '', round: 0 }), response(200), SUCCEEDED)])
    expect(await health(endpointId)).toMatchObject({ breakerState: 'closed', nextProbeAt: null })
    // fresh ones go at once; the backlog in growing portions
    const fresh = await f.more(endpointId, 1)
    expect(kinds(await f.ledger.claim(fresh.due, LEASE))).toEqual(['claimed'])
    const first = await f.ledger.letIn([endpointId])
    expect(first.deliveries).toHaveLength(10)
    expect((await f.ledger.letIn([endpointId])).deliveries).toEqual([])
    await f.db.endpointGate.update({ where: { endpointId }, data: { drainedAt: new Date(Date.now() - 1100) } })
    expect((await f.ledger.letIn([endpointId])).deliveries).toHaveLength(17)
  })

  test('after it has closed, what a limit keeps waiting is first what is fresh, and its backlog joins it without a job', async () => {
    const { endpointId, due } = await breakIt(4)
    const [, , one, two] = due
    if (!one || !two) throw new Error('too few are due')
    await f.db.endpoint.update({ where: { id: endpointId }, data: { maxConcurrency: 1 } })
    const recoveredAt = new Date()
    await setHealth(endpointId, { breakerState: 'closed', failingSince: null, nextProbeAt: null, recoveredAt })
    const fresh = await f.more(endpointId, 2)
    const [first, second] = fresh.due
    if (!first || !second) throw new Error('nothing fresh is due')
    const [sent, waits] = await f.ledger.claim([first, second], LEASE)
    if (sent?.kind !== 'claimed') throw new Error('not claimed')
    expect(waits).toMatchObject({ kind: 'held' })
    await f.ledger.record([result(sent.delivery, response(200), SUCCEEDED)])
    // its retry comes due just as there is room
    expect(kinds(await f.ledger.claim([one], LEASE))).toEqual(['held'])
    const comesDue = (at: Date) =>
      f.db.delivery.updateMany({
        where: { id: two.deliveryId },
        data: { status: 'retrying', nextAttemptAt: at, lookAt: at },
      })
    await comesDue(recoveredAt)
    const { fence } = await f.row(two.deliveryId)
    const swept = await f.ledger.sweep(100, 10)
    expect(swept.deliveries.map(({ deliveryId }) => deliveryId)).not.toContain(two.deliveryId)
    expect(swept.deliveries.map(({ deliveryId }) => deliveryId)).toContain(second.deliveryId)
    expect(swept.letInIds).toContain(second.deliveryId)
    // whatever ticket it had is none now
    expect(await f.row(two.deliveryId)).toMatchObject({ lookAt: null, fence: fence + 1 })
    // and not before its time
    const soon = new Date(Date.now() + 1_400)
    await comesDue(soon)
    expect((await f.ledger.sweep(100, 10)).deliveries).toEqual([])
    expect(await f.db.delivery.findFirst({ where: { id: two.deliveryId } })).toMatchObject({ lookAt: soon })
  })

  test('a manual retry goes past it as its probe, and no second one beside it', async () => {
    const { endpointId, due, ids } = await breakIt()
    await f.ledger.claim(due.slice(1), LEASE)
    const retry = async (id: string): Promise<DueDelivery> => {
      const answer = await f.deliveries.retry(f.tenantId, id, { mode: 'policy', force: false })
      if (answer.kind !== 'queued' || !answer.due) throw new Error('not queued')
      return answer.due
    }
    const [one, two] = [await retry(ids[1] ?? ''), await retry(ids[2] ?? '')]
    const delivery = await f.claim(one)
    expect(kinds(await f.ledger.claim([two], LEASE))).toEqual(['held'])
    await f.ledger.record([result(delivery, response(200), SUCCEEDED)])
    expect(await health(endpointId)).toMatchObject({ breakerState: 'closed' })
  })

  test('a probe whose worker died does not stay out for good', async () => {
    const { endpointId, due } = await breakIt()
    await f.ledger.claim(due.slice(1), LEASE)
    await setHealth(endpointId, { nextProbeAt: new Date(Date.now() - 1) })
    const [probe] = (await f.ledger.letIn([endpointId])).deliveries
    await f.claim(probe ?? { deliveryId: '', round: 0 })
    await f.letPass(LEASE + 1)
    const { deliveries } = await f.ledger.sweep(100, 10)
    const again = deliveries.filter((delivery) => delivery.endpointId === endpointId)
    expect(kinds(await f.ledger.claim(again, LEASE))).toContain('claimed')
  })

  test.each(['disabled', 'deleted'])('what it parked is closed when its endpoint is %s', async (how) => {
    const { endpointId, due } = await breakIt()
    await f.ledger.claim(due.slice(1), LEASE)
    // as an attempt's record disables it, which leaves the parked ones to the reconciler
    const data = how === 'disabled' ? { status: 'disabled' } : { deletedAt: new Date() }
    await f.db.endpoint.update({ where: { id: endpointId }, data })
    const { deliveries } = await f.ledger.sweep(100, 10)
    const mine = deliveries.filter((delivery) => delivery.endpointId === endpointId)
    expect(kinds(await f.ledger.claim(mine, LEASE))).toEqual(['closed', 'closed'])
  })
})
