import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { attemptId, idTime } from '@redrive/core'
import type { NextState } from '../../src/ledger.ts'
import type { LedgerFixture } from './fixture.ts'
import { failure, HELD, LEASE, LOST, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

const GAVE_UP: NextState = { status: 'failed', failure: { code: 'http_status', message: 'no' }, disableEndpoint: null }

describe('record', () => {
  test('writes the attempt and the next state', async () => {
    const due = await f.deliver()
    const delivery = await f.claim(due)
    expect(await f.ledger.record([result(delivery, response(200, 'thanks'), SUCCEEDED)])).toEqual([HELD])
    expect(await f.row(due.deliveryId)).toMatchObject({
      status: 'succeeded',
      attemptCount: 1,
      policyAttempts: 1,
      lastStatus: 200,
      lastDurationMs: 12,
      lookAt: null,
      nextAttemptAt: null,
      completedAt: expect.any(Date),
    })
    expect(await f.attemptsOf(due.deliveryId)).toEqual([
      expect.objectContaining({
        id: attemptId(due.deliveryId, 1),
        number: 1,
        trigger: 'automatic',
        durationMs: 12,
        timings: { dns: null, connect: 1, tls: null, firstByte: 9, total: 12 },
        request: { method: 'POST', url: delivery.endpoint.url, headers: { 'webhook-id': delivery.event.id } },
        responseStatus: 200,
        responseHeaders: { 'content-type': 'text/plain' },
        responseBody: 'thanks',
        outcome: 'succeeded',
        errorCode: null,
        decision: 'as the test says',
      }),
    ])
  })

  test('a retry that the queue brings keeps its round and is looked at after some grace; one that it does not, not', async () => {
    const [one, two] = [await f.deliver(), await f.deliver()]
    const [queued, kept] = [retryIn(30, true), retryIn(30, false)]
    if (queued.status !== 'retrying' || kept.status !== 'retrying') throw new Error('no retry')
    await f.ledger.record([
      result(await f.claim(one), response(500), queued),
      result(await f.claim(two), response(500), kept),
    ])
    const [first, second] = [await f.row(one.deliveryId), await f.row(two.deliveryId)]
    expect(first).toMatchObject({ status: 'retrying', round: 0, nextAttemptAt: queued.at, policyAttempts: 1 })
    expect(first.lookAt?.getTime()).toBeGreaterThan(queued.at.getTime())
    expect(second).toMatchObject({ status: 'retrying', round: 1, nextAttemptAt: kept.at, lookAt: kept.at })
  })

  test('the whole way: failed twice, then a success; numbers without gaps', async () => {
    const due = await f.deliver()
    for (const [status, next] of [
      [500, retryIn(0)],
      [503, retryIn(0)],
      [204, SUCCEEDED],
    ] as const)
      await f.ledger.record([result(await f.claim(due), response(status), next)])
    expect((await f.attemptsOf(due.deliveryId)).map((attempt) => [attempt.number, attempt.responseStatus])).toEqual([
      [1, 500],
      [2, 503],
      [3, 204],
    ])
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'succeeded', attemptCount: 3, failureCode: null })
  })

  test('whoever lost the lease writes nothing, and the others of its batch do', async () => {
    const [one, two] = [await f.deliver(), await f.deliver()]
    const lost = await f.claim(one, 0)
    const held = await f.claim(two)
    await f.ledger.sweep(100, 10)
    const late = { ...result(lost, response(200), SUCCEEDED) }
    expect(await f.ledger.record([late, result(held, response(200), SUCCEEDED)])).toEqual([LOST, HELD])
    const again = await f.claim({ ...one, round: 1 })
    expect(again.claim.fence).toBeGreaterThan(lost.claim.fence)
    expect(await f.ledger.record([late])).toEqual([LOST])
    expect((await f.attemptsOf(one.deliveryId)).map((attempt) => attempt.errorCode)).toEqual(['interrupted'])
    expect(await f.row(one.deliveryId)).toMatchObject({ status: 'delivering', attemptCount: 1 })
  })

  test('twenty of the same at once write one attempt', async () => {
    const due = await f.deliver()
    const entry = result(await f.claim(due), response(500), retryIn(0))
    const answers = (await Promise.all(Array.from({ length: 20 }, () => f.ledger.record([entry])))).flat()
    expect(answers.filter(({ held }) => held)).toHaveLength(1)
    expect(await f.attemptsOf(due.deliveryId)).toHaveLength(1)
  })

  test('what cuts a request short on our side uses up none of the policy’s attempts', async () => {
    const due = await f.deliver()
    await f.ledger.record([result(await f.claim(due), failure('interrupted'), retryIn(0))])
    expect(await f.row(due.deliveryId)).toMatchObject({ attemptCount: 1, policyAttempts: 0 })
  })

  test('text that PostgreSQL can’t hold is made to fit', async () => {
    const due = await f.deliver()
    const entry = result(await f.claim(due), failure('timeout', 'a\0b\ud800'), retryIn(0))
    entry.request.headers['x-odd'] = '\ud800\0'
    expect(await f.ledger.record([entry])).toEqual([HELD])
    const [attempt] = await f.attemptsOf(due.deliveryId)
    expect(attempt).toMatchObject({ errorMessage: 'a\ufffdb\ufffd', request: { headers: { 'x-odd': '\ufffd\ufffd' } } })
  })
})

describe('health', () => {
  const health = (endpointId: string) => f.db.endpointHealth.findUnique({ where: { endpointId } })

  test('an endpoint that only succeeds has no row', async () => {
    const due = await f.deliver()
    await f.ledger.record([result(await f.claim(due), response(200), SUCCEEDED)])
    expect(await health(due.endpointId)).toBeNull()
  })

  test('failures count up, and a success sets it right', async () => {
    const due = await f.deliver()
    const first = result(await f.claim(due), response(500), retryIn(0))
    await f.ledger.record([first])
    await f.ledger.record([result(await f.claim(due), failure('timeout'), retryIn(0))])
    expect(await health(due.endpointId)).toMatchObject({
      consecutiveFailures: 2,
      failingSince: first.outcome.startedAt,
    })
    const third = await f.claim(due)
    expect(third.endpoint.health).toMatchObject({ state: 'failing', consecutiveFailures: 2 })
    await f.ledger.record([result(third, response(200), SUCCEEDED)])
    expect(await health(due.endpointId)).toMatchObject({
      consecutiveFailures: 0,
      failingSince: null,
      breakerState: 'closed',
      lastSuccessAt: expect.any(Date),
    })
  })

  test('in a batch, what counts is the run of failures at its end', async () => {
    const endpoint = await f.endpoint(f.tenantId, { eventTypes: ['a.b'] })
    const eventIds = await Promise.all(
      Array.from({ length: 4 }, () => f.publish({ tenantId: f.tenantId, endpointId: endpoint.id })),
    )
    const deliveries = await Promise.all((await f.ledger.fanOut(eventIds)).map((due) => f.claim(due)))
    const statuses = [500, 200, 500, 500]
    const start = Date.now()
    await f.ledger.record(
      deliveries.map((delivery, n) => {
        const outcome = { ...response(statuses[n] ?? 0), startedAt: new Date(start + n * 100) }
        return result(delivery, outcome, outcome.kind === 'response' && outcome.status === 200 ? SUCCEEDED : GAVE_UP)
      }),
    )
    expect(await health(endpoint.id)).toMatchObject({ consecutiveFailures: 2, failingSince: new Date(start + 200) })
  })

  test('trouble of our own is none of the endpoint’s', async () => {
    const due = await f.deliver()
    await f.ledger.record([result(await f.claim(due), failure('internal'), retryIn(0))])
    expect(await health(due.endpointId)).toBeNull()
  })

  test('an endpoint that is to be disabled is, and what waits for it is closed by its claim', async () => {
    const due = await f.deliver()
    const other = await f.publish({ tenantId: f.tenantId, endpointId: due.endpointId })
    const [waiting] = await f.ledger.fanOut([other])
    if (!waiting) throw new Error('nothing is due')
    const gone: NextState = { ...GAVE_UP, status: 'failed', disableEndpoint: 'The endpoint answered 410 Gone.' }
    await f.ledger.record([result(await f.claim(due), response(410), gone)])
    expect(await f.endpoints.get(f.tenantId, due.endpointId)).toMatchObject({
      status: 'disabled',
      disabledReason: 'The endpoint answered 410 Gone.',
      disabledAt: expect.any(Date),
    })
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'failed', failureCode: 'http_status' })
    expect(await f.ledger.claim([waiting], LEASE)).toMatchObject([
      { kind: 'closed', failure: { code: 'endpoint_disabled' } },
    ])
  })

  test('batches of many over the same endpoints at once, in opposite orders', async () => {
    const endpoints = await Promise.all(
      Array.from({ length: 10 }, () => f.endpoint(f.tenantId, { eventTypes: ['mass'] })),
    )
    const eventIds = await Promise.all(
      Array.from({ length: 8 }, () => f.publish({ tenantId: f.tenantId, type: 'mass' })),
    )
    const due = (await f.ledger.fanOut(eventIds)).filter((entry) => endpoints.some((e) => e.id === entry.endpointId))
    const claimed = await Promise.all(due.map((entry) => f.claim(entry)))
    const byEvent = [...Map.groupBy(claimed, (delivery) => delivery.event.id).values()]
    await Promise.all(
      byEvent.map((batch, n) =>
        f.ledger.record((n % 2 === 0 ? batch : [...batch].reverse()).map((d) => result(d, response(500), GAVE_UP))),
      ),
    )
    for (const endpoint of endpoints) expect(await health(endpoint.id)).toMatchObject({ consecutiveFailures: 8 })
  })
})

describe('disableAfterSeconds', () => {
  const DISABLE_AFTER = 3_600
  /** An endpoint that has been failing for so long, with two deliveries in hand. */
  async function failingFor(seconds: number) {
    const endpoint = await f.endpoint(f.tenantId, { eventTypes: ['a.b'], disableAfterSeconds: DISABLE_AFTER })
    const eventIds = await Promise.all([0, 1].map(() => f.publish({ tenantId: f.tenantId, endpointId: endpoint.id })))
    const failingSince = new Date(Date.now() - seconds * 1000)
    await f.db.endpointHealth.create({ data: { endpointId: endpoint.id, failingSince, consecutiveFailures: 7 } })
    const deliveries = []
    for (const due of await f.ledger.fanOut(eventIds)) deliveries.push(await f.claim(due))
    const [one, two] = deliveries
    if (!one || !two) throw new Error('nothing was made')
    return { id: endpoint.id, one, two, failingSince }
  }
  const status = async (id: string) => (await f.endpoints.get(f.tenantId, id))?.status
  const events = (id: string) =>
    f.db.event.findMany({ where: { type: 'redrive.endpoint.disabled', payload: { contains: id } } })

  test('a failure after so long disables, and says so once however many come at once', async () => {
    const { id, one, two, failingSince } = await failingFor(DISABLE_AFTER + 1)
    await Promise.all([one, two].map((each) => f.ledger.record([result(each, response(500), retryIn(5))])))
    expect(await f.endpoints.get(f.tenantId, id)).toMatchObject({
      status: 'disabled',
      disabledReason: `It has failed since ${failingSince.toISOString()} without one success.`,
    })
    const [event, ...more] = await events(id)
    expect(more).toEqual([])
    expect(JSON.parse(event?.payload ?? '')).toMatchObject({ endpointId: id, reason: expect.any(String) })
    const attempts = await Promise.all([one, two].map((each) => f.attemptsOf(each.id)))
    const decisions = attempts.flat().map((attempt) => attempt.decision)
    expect(decisions.filter((decision) => decision.includes('The endpoint is disabled: It has failed'))).toHaveLength(1)
  })

  test('a failure a little earlier does not, nor a success, nor trouble of our own', async () => {
    const early = await failingFor(DISABLE_AFTER - 60)
    await f.ledger.record([result(early.one, response(500), GAVE_UP)])
    const healed = await failingFor(DISABLE_AFTER + 60)
    await f.ledger.record([result(healed.one, response(200), SUCCEEDED)])
    await f.ledger.record([result(healed.two, response(500), GAVE_UP)])
    const ours = await failingFor(DISABLE_AFTER + 60)
    await f.ledger.record([result(ours.one, failure('interrupted'), retryIn(1))])
    for (const { id } of [early, healed, ours]) expect(await status(id)).toBe('active')
  })

  test('a failure and a success in one batch: the later one decides', async () => {
    const { id, one, two } = await failingFor(DISABLE_AFTER + 60)
    const start = Date.now()
    const at = (n: number) => ({ startedAt: new Date(start + n * 100) })
    await f.ledger.record([
      result(one, { ...response(500), ...at(0) }, GAVE_UP),
      result(two, { ...response(200), ...at(1) }, SUCCEEDED),
    ])
    expect(await status(id)).toBe('active')
  })
})

describe('the system’s own events', () => {
  const own = (deliveryId: string) =>
    f.db.event.findMany({
      where: { type: { startsWith: 'redrive.' }, payload: { contains: deliveryId } },
      orderBy: { id: 'asc' },
    })

  test('one for a delivery that is given up, whoever records it, and none for one that lost its claim', async () => {
    const due = await f.deliver()
    const delivery = await f.claim(due)
    const twice = [1, 2].map(() => f.ledger.record([result(delivery, response(500), GAVE_UP)]))
    expect(
      (await Promise.all(twice))
        .flat()
        .map(({ held }) => held)
        .sort(),
    ).toEqual([false, true])
    const [event, ...more] = await own(due.deliveryId)
    expect(more).toEqual([])
    expect(event).toMatchObject({ type: 'redrive.delivery.failed', tenantId: f.tenantId, status: 'dispatched' })
    expect(event?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(idTime(event?.id ?? '')).toBe(event?.createdAt.getTime())
  })

  test('what the claim closes is told too; what its owner deleted is not', async () => {
    const disabled = await f.deliver()
    await f.endpoints.update(f.tenantId, disabled.endpointId, { status: 'disabled' })
    await f.ledger.claim([disabled], LEASE)
    expect((await own(disabled.deliveryId)).map((event) => event.type)).toEqual(['redrive.delivery.failed'])
    const deleted = await f.deliver()
    await f.endpoints.delete(f.tenantId, deleted.endpointId)
    await f.ledger.claim([deleted], LEASE)
    expect(await own(deleted.deliveryId)).toEqual([])
  })

  test('with a subscriber they are left for fan-out, and reach it', async () => {
    const watcher = await f.endpoint(f.otherTenantId, { eventTypes: ['redrive.delivery.*'] })
    const endpoint = await f.endpoint(f.otherTenantId, { eventTypes: ['a.b'] })
    const [due] = await f.ledger.fanOut([await f.publish({ tenantId: f.otherTenantId, endpointId: endpoint.id })])
    if (!due) throw new Error('nothing is due')
    await f.ledger.record([result(await f.claim(due), response(500), GAVE_UP)])
    const [event] = await own(due.deliveryId)
    expect(event?.status).toBe('pending')
    expect(await f.ledger.fanOut([event?.id ?? ''])).toMatchObject([{ endpointId: watcher.id }])
  })
})
