import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { attempt, attemptPage, delivery, deliveryPage, eventDetail } from '@redrive/contracts'
import { deliveryJobId } from '@redrive/contracts'
import type { ClaimAnswer, ClaimedDelivery, NextState } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let theirs: typeof ours
let endpointId: string
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
  theirs = await server.tenant('Theirs')
  const made = await server.call('POST', '/v1/endpoints', { key: ours.key, json: { url: 'https://receiver.example/' } })
  endpointId = String(made.json['id'])
})
afterAll(() => server.close())

const get = (path: string, key = ours.key) => server.call('GET', path, { key })
const retry = (id: string, json: object = {}) =>
  server.call('POST', `/v1/deliveries/${id}/retry`, { key: ours.key, json })

/** As the worker does it: an event, fanned out. */
async function fannedOut(): Promise<{ eventId: string; id: string; round: number }> {
  const event = await server.call('POST', '/v1/events', {
    key: ours.key,
    json: { type: 'order.shipped', payload: { a: 1 } },
  })
  const eventId = String(event.json['id'])
  const [due] = await server.store.ledger.fanOut([eventId])
  if (!due) throw new Error('nothing is due')
  return { eventId, id: due.deliveryId, round: due.round }
}

async function claim(id: string, round: number): Promise<ClaimedDelivery> {
  const [answer] = await server.store.ledger.claim([{ deliveryId: id, round }], 60)
  if (answer?.kind !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(answer)}`)
  return answer.delivery
}

/** As the worker records an attempt. */
async function attempted(id: string, round: number, status: number, next: NextState): Promise<void> {
  const claimed = await claim(id, round)
  const [recorded] = await server.store.ledger.record([
    {
      claim: claimed.claim,
      attemptNumber: claimed.attemptNumber,
      trigger: claimed.trigger,
      request: { method: 'POST', url: claimed.endpoint.url, headers: { 'webhook-id': claimed.event.id } },
      outcome: {
        kind: 'response',
        status,
        headers: { 'x-a': 'b' },
        body: '<b>odd</b>',
        bodyTruncated: false,
        startedAt: new Date(),
        durationMs: 12,
        timings: { dns: null, connect: 1, tls: 2, firstByte: 9, total: 12 },
      },
      error: status < 300 ? null : { code: 'http_status', message: `The receiver answered ${String(status)}` },
      countsForPolicy: true,
      decision: 'A decision',
      next,
      callback: false,
    },
  ])
  expect(recorded?.held).toBe(true)
}
const failed: NextState = {
  status: 'failed',
  failure: { code: 'http_status', message: 'The receiver answered 500' },
  disableEndpoint: null,
}

test('a delivery and its attempts are shown as documented', async () => {
  const { eventId, id, round } = await fannedOut()
  await attempted(id, round, 500, failed)
  const shown = await get(`/v1/deliveries/${id}`)
  expect(delivery.strict().safeParse(shown.json).error).toBeUndefined()
  expect(shown.json).toMatchObject({
    id,
    eventId,
    endpointId,
    eventType: 'order.shipped',
    status: 'failed',
    attemptCount: 1,
    maxAttempts: 10,
    failure: { code: 'http_status' },
    lastAttempt: { number: 1, status: 500 },
    nextAttemptAt: null,
  })
  const attempts = await get(`/v1/deliveries/${id}/attempts`)
  const [only] = attemptPage.parse(attempts.json).data
  expect(only).toMatchObject({
    deliveryId: id,
    number: 1,
    outcome: 'failed',
    response: { status: 500, body: '<b>odd</b>' },
  })
  const one = await get(`/v1/attempts/${String(only?.id)}`)
  expect(attempt.strict().safeParse(one.json).error).toBeUndefined()
  expect(one.json).toEqual(only)
  for (const path of [
    '/v1/deliveries?status=failed&httpStatus=500&errorCode=http_status',
    `/v1/deliveries?eventId=${eventId}`,
    `/v1/events/${eventId}/deliveries`,
  ]) {
    expect(deliveryPage.parse((await get(path)).json).data).toEqual([shown.json])
  }
  expect((await get('/v1/deliveries?status=succeeded')).json['data']).toEqual([])
  const event = eventDetail.parse((await get(`/v1/events/${eventId}`)).json)
  expect(event).toMatchObject({ status: 'dispatched', deliveries: { total: 1, failed: 1 } })
})

test('nothing of it exists for another tenant', async () => {
  const { eventId, id, round } = await fannedOut()
  await attempted(id, round, 500, failed)
  const attempts = attemptPage.parse((await get(`/v1/deliveries/${id}/attempts`)).json)
  for (const path of [
    `/v1/events/${eventId}`,
    `/v1/events/${eventId}/deliveries`,
    `/v1/deliveries/${id}`,
    `/v1/deliveries/${id}/attempts`,
    `/v1/attempts/${String(attempts.data[0]?.id)}`,
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 200])
    expect([path, (await get(path, theirs.key)).status]).toEqual([path, 404])
  }
  expect((await server.call('POST', `/v1/deliveries/${id}/retry`, { key: theirs.key })).status).toBe(404)
  expect((await get(`/v1/deliveries?endpointId=${endpointId}`, theirs.key)).json['data']).toEqual([])
})

test('a failed delivery is queued again, once for fifty calls at once, as a retry job', async () => {
  const { id, round } = await fannedOut()
  await attempted(id, round, 500, failed)
  const answers = await Promise.all(Array.from({ length: 50 }, () => retry(id)))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  expect(answers[0]?.json).toMatchObject({ id, status: 'pending', attemptCount: 1, failure: null })
  const jobs = server.jobs.filter((job) => job.name === 'retry' && job.payload.deliveryId === id)
  expect(new Set(jobs.map((job) => job.id))).toEqual(new Set([deliveryJobId(id, round + 1)]))
  // a job that came while others may be asking would be told to come again
  let answer: ClaimAnswer | undefined
  await eventually(async () => {
    ;[answer] = await server.store.ledger.claim([{ deliveryId: id, round: round + 1 }], 60)
    return answer?.kind !== 'early'
  }, 'the retry to be due')
  expect(answer).toMatchObject({ kind: 'claimed', delivery: { attemptNumber: 2, trigger: 'manual' } })
})

test('what is being sent, has succeeded or lost its endpoint is a conflict, in words', async () => {
  const sending = await fannedOut()
  await claim(sending.id, sending.round)
  const done = await fannedOut()
  await attempted(done.id, done.round, 200, { status: 'succeeded' })
  for (const id of [sending.id, done.id]) {
    const answer = await retry(id)
    expect(answer.status).toBe(409)
    expect(answer.json['detail']).toEqual(expect.stringMatching(/^The delivery /))
  }
  expect((await retry(done.id, { force: true })).status).toBe(202)
  const orphan = await fannedOut()
  await attempted(orphan.id, orphan.round, 500, failed)
  await server.call('PATCH', `/v1/endpoints/${endpointId}`, { key: ours.key, json: { status: 'disabled' } })
  expect((await retry(orphan.id)).json).toMatchObject({ status: 409, detail: expect.stringContaining('disabled') })
  await server.call('DELETE', `/v1/endpoints/${endpointId}`, { key: ours.key })
  expect((await retry(orphan.id)).json).toMatchObject({ status: 409, detail: expect.stringContaining('deleted') })
})

test.each([
  [{ mode: 'always' }, '/mode'],
  [{ force: 'yes' }, '/force'],
])('a retry with %j is refused', async (json, pointer) => {
  const answer = await retry('01890a5d-ac96-774b-bcce-b302099a8057', json)
  expect(answer.status).toBe(422)
  expect(answer.json['errors']).toMatchObject([{ pointer }])
})
