import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { failure, type LedgerFixture, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'
import type { ClaimedDelivery, DueDelivery } from '../../src/ledger.ts'

const SECONDS = 12
const LEASE = 20

let fixture: LedgerFixture
beforeAll(async () => {
  fixture = await openLedgerFixture()
})
afterAll(() => fixture.close())

type Step =
  | { act: 'claim'; job: number; twice: boolean }
  | { act: 'finish'; claim: number; how: 'success' | 'failure' | 'give up' | 'interrupted' | 'release' | 'fault' }
  | { act: 'renew'; claim: number }
  | { act: 'pass'; seconds: number }
  | { act: 'sweep' }
  | { act: 'fan out again' }
  | { act: 'retry'; force: boolean }
  | { act: 'cancel' }
  | { act: 'unbrought' }

/** Indexes point into what there is at the time, so any number will do. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('claim' as const), job: fc.nat(20), twice: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('finish' as const),
      claim: fc.nat(5),
      how: fc.constantFrom(
        'success' as const,
        'failure' as const,
        'give up' as const,
        'interrupted' as const,
        'release' as const,
        'fault' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('renew' as const), claim: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('pass' as const), seconds: fc.constantFrom(1, 11, 21, 61) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('fan out again' as const) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('retry' as const), force: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('unbrought' as const) }) },
)

/** One delivery under test: the jobs that were ever made for it, and the claims that someone believes to hold. */
async function startModel() {
  const endpoint = await fixture.endpoint(fixture.tenantId, { eventTypes: ['none'] })
  const eventId = await fixture.publish({ tenantId: fixture.tenantId, endpointId: endpoint.id })
  const [due] = await fixture.ledger.fanOut([eventId])
  if (due === undefined) throw new Error('nothing is due')
  return { eventId, id: due.deliveryId, jobs: [due], claims: [] as ClaimedDelivery[], cancelAsked: false }
}
type Model = Awaited<ReturnType<typeof startModel>>

const FINISHED = ['succeeded', 'failed', 'cancelled']

/** What docs/architecture.md promises of a delivery, whatever happened to it. */
async function checkInvariants(model: Model): Promise<void> {
  const row = await fixture.row(model.id)
  const attempts = await fixture.attemptsOf(model.id)
  // attempts are numbered without gaps, each recorded once, and the row counts them
  expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1))
  expect(row.attemptCount).toBe(attempts.length)
  // it is finished, or the reconciler has a time to look at it: nothing that is owed can be forgotten
  expect([FINISHED.includes(row.status), row.lookAt !== null]).toContain(true)
  if (FINISHED.includes(row.status)) expect([row.lookAt, row.nextAttemptAt]).toEqual([null, null])
  expect(row.completedAt !== null).toBe(FINISHED.includes(row.status))
  // a success is recorded as an attempt that succeeded, and no delivery fails without a reason
  if (row.status === 'succeeded') expect(attempts.at(-1)?.outcome).toBe('succeeded')
  expect(row.failureCode !== null).toBe(row.status === 'failed')
  // whatever was cut short on our side has used up none of the policy's attempts
  // who was told that it is cancelled sees it sent no more, but for what is being sent
  if (model.cancelAsked) expect(['pending', 'retrying']).not.toContain(row.status)
  const counted = attempts.filter(({ errorCode }) => errorCode !== 'interrupted').length
  expect(row.policyAttempts).toBeLessThanOrEqual(counted)
}

async function take(model: Model, job: DueDelivery, twice: boolean): Promise<void> {
  const before = await fixture.row(model.id)
  const requests = twice ? [job, job] : [job]
  const together = await Promise.all(requests.map((request) => fixture.ledger.claim([request], LEASE)))
  const won = together.flat().flatMap((answer) => (answer.kind === 'claimed' ? [answer.delivery] : []))
  // one delivery is in one hand at a time
  expect(won.length).toBeLessThanOrEqual(1)
  if (before.status === 'delivering' || FINISHED.includes(before.status)) expect(won).toEqual([])
  for (const delivery of won) {
    expect(delivery.claim.fence).toBeGreaterThan(before.fence)
    expect(delivery.attemptNumber).toBe(before.attemptCount + 1)
    model.claims.push(delivery)
  }
}

async function finish(model: Model, claim: ClaimedDelivery, how: Extract<Step, { act: 'finish' }>['how']) {
  const before = await fixture.row(model.id)
  const holds = before.status === 'delivering' && before.fence === claim.claim.fence
  const { ledger } = fixture
  if (how === 'release' || how === 'fault') {
    await ledger.release([
      { claim: claim.claim, delaySeconds: 1, fault: how === 'fault' ? 'our own code threw' : null },
    ])
  } else {
    const gaveUp = {
      status: 'failed' as const,
      failure: { code: 'http_status' as const, message: 'no' },
      disableEndpoint: null,
    }
    const results = {
      success: result(claim, response(200), SUCCEEDED),
      failure: result(claim, response(500), retryIn(5)),
      'give up': result(claim, response(500), gaveUp),
      interrupted: result(claim, failure('interrupted'), retryIn(1)),
    }
    // whoever records twice (an answer that was lost) has written once
    const answers = [await ledger.record([results[how]]), await ledger.record([results[how]])]
    expect(answers.map((each) => each.map(({ held }) => held))).toEqual([[holds], [false]])
  }
  // whoever has lost the lease changes nothing
  if (!holds) expect(await fixture.row(model.id)).toEqual(before)
}

async function run(model: Model, next: Step): Promise<void> {
  const { ledger, deliveries, tenantId } = fixture
  switch (next.act) {
    case 'claim': {
      const job = model.jobs[next.job % model.jobs.length]
      if (job !== undefined) await take(model, job, next.twice)
      return
    }
    case 'finish': {
      const claim = model.claims[next.claim % model.claims.length]
      if (claim !== undefined) await finish(model, claim, next.how)
      return
    }
    case 'renew': {
      const claim = model.claims[next.claim % model.claims.length]
      if (claim !== undefined) await ledger.renew([claim.claim], LEASE)
      return
    }
    case 'pass':
      await fixture.letPass(next.seconds)
      return
    case 'sweep': {
      // two reconcilers at once never bring two rounds of it
      const looks = await Promise.all([ledger.sweep(100, 10), ledger.sweep(100, 10)])
      const brought = looks.flatMap((look) => look.deliveries.filter(({ deliveryId }) => deliveryId === model.id))
      expect(new Set(brought.map(({ round }) => round)).size).toBeLessThanOrEqual(1)
      model.jobs.push(...brought)
      return
    }
    case 'fan out again':
      model.jobs.push(...(await ledger.fanOut([model.eventId])))
      return
    case 'retry': {
      const before = await fixture.row(model.id)
      const answer = await deliveries.retry(tenantId, model.id, { mode: 'policy', force: next.force })
      const allowed = before.status !== 'delivering' && (before.status !== 'succeeded' || next.force)
      expect(answer.kind).toBe(allowed ? 'queued' : 'conflict')
      if (answer.kind === 'queued') model.cancelAsked = false
      if (answer.kind === 'queued' && answer.due !== null) model.jobs.push(answer.due)
      return
    }
    case 'cancel': {
      const before = await fixture.row(model.id)
      const answer = await deliveries.cancel(tenantId, model.id)
      expect(answer.kind).toBe(FINISHED.includes(before.status) ? 'conflict' : 'cancelled')
      const { status } = await fixture.row(model.id)
      // a request in flight goes on to its end, and what comes of it is heeded
      if (before.status === 'delivering') {
        expect(status).toBe('delivering')
        model.cancelAsked = true
      } else if (!FINISHED.includes(before.status)) expect(status).toBe('cancelled')
      return
    }
    case 'unbrought':
      await ledger.unbrought({ eventIds: [model.eventId], deliveryIds: [model.id] })
      await ledger.recall()
      return
  }
}

/** However it was left: time, the reconciler and one honest worker bring it to its end. */
async function bringToItsEnd(model: Model): Promise<void> {
  for (let round = 0; round < 4; round++) {
    if (FINISHED.includes((await fixture.row(model.id)).status)) return
    await fixture.letPass(120)
    const { deliveries } = await fixture.ledger.sweep(100, 10)
    const due = deliveries.find(({ deliveryId }) => deliveryId === model.id)
    if (due === undefined) continue
    await take(model, due, false)
    const claim = model.claims.at(-1)
    if (claim !== undefined) await finish(model, claim, 'success')
  }
  expect(FINISHED).toContain((await fixture.row(model.id)).status)
}

test('a delivery keeps its promises under any interleaving of what workers, people and the reconciler do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const model = await startModel()
      for (const next of steps) {
        await run(model, next)
        await checkInvariants(model)
      }
      await bringToItsEnd(model)
      await checkInvariants(model)
    }),
    { interruptAfterTimeLimit: SECONDS * 1000, numRuns: 200, endOnFailure: true, seed: 3 },
  )
})
