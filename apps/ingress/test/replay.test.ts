import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { deliveryJobId } from '@redrive/contracts'
import { buildRequest } from '@redrive/core'
import { startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let theirs: typeof ours
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
  theirs = await server.tenant('Theirs')
})
afterAll(() => server.close())

const get = (path: string, key = ours.key) => server.call('GET', path, { key })
const post = (path: string, json?: object, key = ours.key) =>
  server.call('POST', path, { key, ...(json === undefined ? {} : { json }) })

async function endpoint(eventTypes: string[], key = ours.key): Promise<string> {
  return String((await post('/v1/endpoints', { url: 'https://receiver.example/', eventTypes }, key)).json['id'])
}

async function publish(json: object): Promise<string> {
  return String((await post('/v1/events', { payload: {}, ...json })).json['id'])
}

test('an event is retried to an endpoint that came later, as a retry job', async () => {
  const eventId = await publish({ type: 'late.one' })
  await server.store.ledger.fanOut([eventId])
  const endpointId = await endpoint(['late.*'])
  const answer = await post(`/v1/events/${eventId}/retry`)
  expect(answer.status).toBe(202)
  expect(answer.json).toMatchObject({ eventId, deliveries: [{ eventId, endpointId, status: 'pending' }] })
  const [delivery] = answer.json['deliveries'] as { id: string }[]
  const jobs = server.jobs.filter((job) => job.id === deliveryJobId(String(delivery?.id), 0))
  expect(jobs).toMatchObject([{ name: 'retry' }])
})

test('retrying to one endpoint, and only what failed', async () => {
  const [first, second] = [await endpoint(['two.*']), await endpoint(['two.*'])]
  const eventId = await publish({ type: 'two.ends' })
  const one = await post(`/v1/events/${eventId}/retry`, { endpointId: second })
  expect(one.json['deliveries']).toMatchObject([{ endpointId: second }])
  const both = await post(`/v1/events/${eventId}/retry`, { onlyFailed: true })
  expect((both.json['deliveries'] as { endpointId: string }[]).map((row) => row.endpointId).sort()).toEqual(
    [first, second].sort(),
  )
})

test('a resent event is a new one, and names the first as its source however often it is resent', async () => {
  await endpoint(['again.*'])
  const payload = '{"b":1,  "a": 12345678901234567890}'
  const published = await server.call('POST', '/v1/events', {
    key: ours.key,
    text: `{"type":"again.one","channel":"c","metadata":{"k":"v"},"idempotencyKey":"key-1","payload":${payload}}`,
  })
  const firstId = String(published.json['id'])
  const again = await post(`/v1/events/${firstId}/resend`)
  expect(again.status).toBe(202)
  const secondId = String(again.json['id'])
  expect(again.headers.get('location')).toBe(`/v1/events/${secondId}`)
  expect(secondId).not.toBe(firstId)
  expect(again.json).toMatchObject({
    type: 'again.one',
    channel: 'c',
    metadata: { k: 'v' },
    sourceEventId: firstId,
    idempotencyKey: null,
  })
  expect((await get(`/v1/events/${secondId}`)).text).toContain(payload)
  const third = await post(`/v1/events/${secondId}/resend`)
  expect(third.json['sourceEventId']).toBe(firstId)

  const [due] = await server.store.ledger.fanOut([String(third.json['id'])])
  if (!due) throw new Error('nothing is due')
  const [claimed] = await server.store.ledger.claim([due], 60)
  if (claimed?.kind !== 'claimed') throw new Error('not claimed')
  const { request } = buildRequest({
    event: claimed.delivery.event,
    endpoint: claimed.delivery.endpoint,
    deliveryId: due.deliveryId,
    attemptNumber: 1,
    now: new Date(),
    version: '0',
  })
  expect(request.headers['redrive-source-event-id']).toBe(firstId)
  expect(request.headers['webhook-id']).toBe(third.json['id'])
})

test('an event is resent to one endpoint', async () => {
  await endpoint(['some.*'])
  const other = await endpoint(['other.*'])
  const again = await post(`/v1/events/${await publish({ type: 'some.thing' })}/resend`, { endpointId: other })
  const due = await server.store.ledger.fanOut([String(again.json['id'])])
  expect(due.map((row) => row.endpointId)).toEqual([other])
})

test('a resent event keeps the end that lies ahead, and is not scheduled', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const deliverAt = new Date(Date.now() + 1_800_000).toISOString()
  // whom nobody waits for would be done with at once
  await endpoint(['timed.one'])
  const id = await publish({ type: 'timed.one', expiresAt, deliverAt })
  const again = await post(`/v1/events/${id}/resend`)
  expect(again.json).toMatchObject({ expiresAt, deliverAt: null, status: 'pending' })
  expect(await post(`/v1/events/${id}/retry`)).toMatchObject({
    status: 409,
    json: { detail: expect.stringContaining('deliverAt') },
  })
})

test('what another tenant has does not exist', async () => {
  const id = await publish({ type: 'ours.one' })
  const theirEndpoint = await endpoint(['*'], theirs.key)
  for (const action of ['retry', 'resend']) {
    expect((await post(`/v1/events/${id}/${action}`, {}, theirs.key)).status).toBe(404)
    expect((await post(`/v1/events/${id}/${action}`, { endpointId: theirEndpoint })).status).toBe(404)
    expect((await post(`/v1/events/0198c0de-0000-7000-8000-000000000000/${action}`)).status).toBe(404)
    expect((await post(`/v1/events/${id}/${action}`, { endpointId: 'x' })).status).toBe(422)
    expect((await post(`/v1/events/${id}/${action}`, { endpoint: 'x' })).status).toBe(422)
    const reader = await ours.keyFor('events:read', 'events:write')
    expect((await post(`/v1/events/${id}/${action}`, {}, reader)).status).toBe(403)
  }
})

test('a disabled endpoint is a conflict, in words', async () => {
  const id = await publish({ type: 'off.one' })
  const off = await endpoint(['off.*'])
  await server.call('PATCH', `/v1/endpoints/${off}`, { key: ours.key, json: { status: 'disabled' } })
  for (const action of ['retry', 'resend']) {
    const answer = await post(`/v1/events/${id}/${action}`, { endpointId: off })
    expect(answer.json).toMatchObject({ status: 409, detail: 'The endpoint is disabled; enable it first' })
  }
})
