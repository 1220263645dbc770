import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
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

async function endpoint(key = ours.key): Promise<string> {
  return String((await post('/v1/endpoints', { url: 'https://receiver.example/' }, key)).json['id'])
}

/** An endpoint with so many deliveries, which were cancelled. */
async function cancelled(count: number): Promise<string> {
  const endpointId = await endpoint()
  for (let made = 0; made < count; made++) {
    const event = await post('/v1/events', { type: 'a.b', payload: made, endpointId })
    const [due] = await server.store.ledger.fanOut([String(event.json['id'])])
    const answer = await post(`/v1/deliveries/${String(due?.deliveryId)}/cancel`)
    expect(answer.json).toMatchObject({ status: 'cancelled', failure: null })
  }
  return endpointId
}

test('a delivery is cancelled once; a finished or foreign one is refused in words', async () => {
  const endpointId = await cancelled(1)
  const [delivery] = (await get(`/v1/deliveries?endpointId=${endpointId}`)).json['data'] as { id: string }[]
  const path = `/v1/deliveries/${String(delivery?.id)}/cancel`
  expect((await post(path)).json).toMatchObject({ status: 409, detail: 'The delivery has been cancelled already' })
  expect((await post(path, undefined, theirs.key)).status).toBe(404)
  expect((await post(`/v1/deliveries/${newId()}/cancel`)).status).toBe(404)
})

test('a dry run counts and starts nothing', async () => {
  const endpointId = await cancelled(2)
  const answer = await post('/v1/retries', { filter: { endpointId, status: 'cancelled' }, dryRun: true })
  expect(answer).toMatchObject({ status: 200, json: { matched: 2 } })
  expect(answer.json).toEqual({ matched: 2 })
  const listed = (await get('/v1/retries')).json['data'] as { filter: { endpointId: string } }[]
  expect(listed.filter((retry) => retry.filter.endpointId === endpointId)).toEqual([])
})

test('one is started, shown, listed, carried out and told apart from another of the same filter', async () => {
  const endpointId = await cancelled(3)
  const asked = { filter: { endpointId, status: 'cancelled' }, mode: 'once' }
  const started = await post('/v1/retries', asked)
  const id = String(started.json['id'])
  expect(started).toMatchObject({
    status: 202,
    json: { status: 'running', matched: 3, queued: 0, skipped: 0, mode: 'once', onlyMissing: false },
  })
  expect(started.headers.get('location')).toBe(`/v1/retries/${id}`)
  const again = await post('/v1/retries', asked)
  expect(again.status).toBe(409)
  expect(again.json['detail']).toContain(id)
  expect(again.headers.get('location')).toBe(`/v1/retries/${id}`)
  await server.store.bulkRetries.step(100)
  const shown = await get(`/v1/retries/${id}`)
  expect(shown.json).toMatchObject({ id, status: 'completed', queued: 3 })
  expect((await get('/v1/retries?limit=1')).json['data']).toEqual([shown.json])
  expect((await post(`/v1/retries/${id}/cancel`)).json).toMatchObject({
    status: 409,
    detail: expect.stringContaining('completed'),
  })
})

test('one is cancelled', async () => {
  const endpointId = await cancelled(1)
  const started = await post('/v1/retries', { filter: { endpointId, status: 'cancelled' } })
  const id = String(started.json['id'])
  expect((await post(`/v1/retries/${id}/cancel`)).json).toMatchObject({ id, status: 'cancelled', queued: 0 })
  expect(await server.store.bulkRetries.step(100)).toBeNull()
})

test('an endpoint’s recovery is a bulk retry of its failures', async () => {
  const endpointId = await endpoint()
  const since = '2026-01-01T00:00:00.000Z'
  const answer = await post(`/v1/endpoints/${endpointId}/recover`, { since })
  expect(answer).toMatchObject({
    status: 202,
    json: { filter: { status: 'failed', endpointId, since, until: null }, matched: 0, mode: 'policy' },
  })
  expect((await post(`/v1/endpoints/${endpointId}/recover`, { since })).status).toBe(409)
  expect((await post(`/v1/endpoints/${endpointId}/recover`, { since }, theirs.key)).status).toBe(404)
  expect((await post(`/v1/endpoints/${endpointId}/recover`, {})).status).toBe(422)
  await post(`/v1/retries/${String(answer.json['id'])}/cancel`)
})

test('nothing of it exists for another tenant', async () => {
  const endpointId = await endpoint()
  const started = await post('/v1/retries', { filter: { endpointId } })
  const path = `/v1/retries/${String(started.json['id'])}`
  expect((await get(path, theirs.key)).status).toBe(404)
  expect((await post(`${path}/cancel`, undefined, theirs.key)).status).toBe(404)
  expect((await get('/v1/retries', theirs.key)).json['data']).toEqual([])
  for (const dryRun of [true, false]) {
    expect((await post('/v1/retries', { filter: { endpointId }, dryRun }, theirs.key)).status).toBe(404)
  }
  const all = await post('/v1/retries', { filter: {}, dryRun: true }, theirs.key)
  expect(all.json).toEqual({ matched: 0 })
  const reader = await ours.keyFor('deliveries:read', 'events:read', 'events:write')
  expect((await post('/v1/retries', { filter: {} }, reader)).status).toBe(403)
  await post(`${path}/cancel`)
})

test.each([
  [{}, '/filter'],
  [{ filter: { status: 'delivering' } }, '/filter/status'],
  [{ filter: { endpointId: 'x' } }, '/filter/endpointId'],
  [{ filter: { eventType: 'a..b' } }, '/filter/eventType'],
  [{ filter: { errorCode: 'bad_luck' } }, '/filter/errorCode'],
  [{ filter: { since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' } }, '/filter/until'],
  [{ filter: { since: '+275760-09-13T00:00:00.000Z' } }, '/filter/since'],
  [{ filter: { since: 'yesterday' } }, '/filter/since'],
  [{ filter: { httpStatus: 500 } }, '/filter/httpStatus'],
  [{ filter: {}, mode: 'always' }, '/mode'],
  [{ filter: {}, dryRun: 'yes' }, '/dryRun'],
  [{ filter: {}, onlyMissing: true }, '/filter/endpointId'],
  [{ filter: { endpointId: newId(), status: 'failed' }, onlyMissing: true }, '/filter/status'],
])('%j is refused', async (json, pointer) => {
  const answer = await post('/v1/retries', json)
  expect(answer.status).toBe(422)
  expect(answer.json['errors']).toMatchObject([{ pointer }])
})

test('a disabled or deleted endpoint is a conflict, in words', async () => {
  const endpointId = await endpoint()
  await server.call('PATCH', `/v1/endpoints/${endpointId}`, { key: ours.key, json: { status: 'disabled' } })
  const answer = await post('/v1/retries', { filter: { endpointId } })
  expect(answer.json).toMatchObject({ status: 409, detail: 'The endpoint is disabled; enable it first' })
  await server.call('DELETE', `/v1/endpoints/${endpointId}`, { key: ours.key })
  expect((await post('/v1/retries', { filter: { endpointId } })).json).toMatchObject({
    status: 409,
    detail: 'The endpoint has been deleted',
  })
})
