import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Delivery } from '@redrive/core'
import type { Call } from '../harness.ts'
import { type Installation, NO_RETRIES, startInstallation } from './support.ts'

let on: Installation
let appId: string
beforeAll(async () => {
  on = await startInstallation()
  appId = String((await on.server.call('GET', `/v1/tenants/${on.ours.id}`)).json['number'])
})
afterAll(() => on.close())
beforeEach(() => {
  on.receiver.answerWith({})
  on.receiver.requests.length = 0
})

const credentials = () => ({ 'x-violet-app-id': appId, 'x-violet-app-secret': on.ours.key })
const resend = (webhookId: number | string, eventId: number | string, call: Call = { headers: credentials() }) =>
  on.foreign('POST', `/v1/events/webhooks/${String(webhookId)}/events/${String(eventId)}/resend`, call)

async function delivered(event: object = {}) {
  const endpoint = await on.endpoint({ eventTypes: ['ORDER_SHIPPED'], retryPolicy: NO_RETRIES })
  const eventId = await on.publish({
    type: 'ORDER_SHIPPED',
    payload: { order: 7 },
    subject: { type: 'order', id: '7' },
    endpointId: endpoint.id,
    ...event,
  })
  const [delivery] = await on.deliveries(eventId, 1, 'succeeded')
  if (!delivery) throw new Error('there is no delivery')
  on.receiver.requests.length = 0
  return { endpoint, delivery }
}

async function byNumber(number: unknown): Promise<Delivery> {
  const found = await on.server.store.deliveries.getByNumber(on.ours.id, Number(number))
  if (!found) throw new Error('there is no such delivery')
  return found
}

test('a resend makes a new event, and the receiver is told the number of its source, that of the first one', async () => {
  const { endpoint, delivery } = await delivered()
  const answer = await resend(endpoint.number, delivery.number)
  expect(answer.status).toBe(200)
  const made = await byNumber(answer.json['id'])
  expect(made.eventId).not.toBe(delivery.eventId)
  expect(answer.json).toEqual({
    id: made.number,
    app_id: Number(appId),
    webhook_id: endpoint.number,
    entity_id: 7,
    entity_external_id: '7',
    status_code: null,
    response: null,
    event_type: 'ORDER_SHIPPED',
    remote_endpoint: on.receiver.url,
    attempts: 0,
    status: 'CREATED',
    date_created: made.createdAt.toISOString(),
    date_last_modified: made.createdAt.toISOString(),
    date_next_attempt: made.createdAt.toISOString(),
  })
  const [request] = await on.receiver.waitFor(1)
  expect(request?.method).toBe('POST')
  expect(request?.body.toString()).toBe('{"order":7}')
  expect(request?.headers).toMatchObject({
    'x-violet-event-id-source': String(delivery.number),
    'webhook-id': made.eventId,
    'redrive-source-event-id': delivery.eventId,
    'redrive-event-type': 'ORDER_SHIPPED',
  })
  // the original is as it was
  expect(await byNumber(delivery.number)).toEqual(delivery)

  const again = await resend(endpoint.number, made.number)
  expect(again.status).toBe(200)
  const [, second] = await on.receiver.waitFor(2)
  expect(second?.headers['x-violet-event-id-source']).toBe(String(delivery.number))
  expect(second?.headers['webhook-id']).not.toBe(made.eventId)
})

test('what is not about an integer has no entity id; a token will do without an app secret', async () => {
  const { endpoint, delivery } = await delivered({ subject: { type: 'order', id: 'A-7' } })
  const answer = await resend(endpoint.number, delivery.number, { headers: { 'x-violet-token': on.ours.key } })
  expect(answer.json).toMatchObject({ entity_id: null, entity_external_id: 'A-7' })
  // or it would come in the middle of what follows
  await on.receiver.waitFor(1)
  const plain = await delivered({ subject: null })
  const other = await resend(plain.endpoint.number, plain.delivery.number)
  expect(other.json).toMatchObject({ entity_id: null, entity_external_id: null })
  await on.receiver.waitFor(1)
})

test('to a paused endpoint it is created, and kept until it resumes', async () => {
  const { endpoint, delivery } = await delivered()
  await on.native('PATCH', `/v1/endpoints/${endpoint.id}`, { json: { status: 'paused' } })
  const answer = await resend(endpoint.number, delivery.number)
  expect(answer.json).toMatchObject({ status: 'CREATED', attempts: 0 })
  expect(on.receiver.requests).toEqual([])
  await on.native('PATCH', `/v1/endpoints/${endpoint.id}`, { json: { status: 'active' } })
  const [request] = await on.receiver.waitFor(1)
  expect(request?.headers['x-violet-event-id-source']).toBe(String(delivery.number))
})

test('errors have a code and a message', async () => {
  const { endpoint, delivery } = await delivered()
  const at = (headers: Record<string, string>) => resend(endpoint.number, delivery.number, { headers })
  const theirNumber = String((await on.server.call('GET', `/v1/tenants/${on.theirs.id}`)).json['number'])
  const other = await delivered()
  const cases: [string, ReturnType<typeof resend>, number][] = [
    ['no credentials', at({}), 401],
    ['a secret without an id', at({ 'x-violet-app-secret': on.ours.key }), 401],
    ['an id of another tenant', at({ ...credentials(), 'x-violet-app-id': theirNumber }), 401],
    ['an id that is none', at({ ...credentials(), 'x-violet-app-id': 'ours' }), 401],
    ['a wrong secret', at({ ...credentials(), 'x-violet-app-secret': 'rdk_no' }), 401],
    ['a wrong token', at({ 'x-violet-token': 'rdk_no' }), 401],
    ['a bearer', at({ authorization: `Bearer ${on.ours.key}` }), 401],
    ['no right', at({ 'x-violet-token': await on.keyFor('deliveries:read') }), 403],
    ['another tenant’s', at({ 'x-violet-app-id': theirNumber, 'x-violet-app-secret': on.theirs.key }), 404],
    ['an unknown webhook', resend(999_999, delivery.number), 404],
    ['an unknown event', resend(endpoint.number, 999_999), 404],
    ['an event of another webhook', resend(other.endpoint.number, delivery.number), 404],
    ['a webhook that is no integer', resend(endpoint.id, delivery.number), 400],
    ['an event that is no integer', resend(endpoint.number, delivery.id), 400],
    ['an unknown path', on.foreign('GET', '/v1/events/webhooks', { headers: credentials() }), 404],
    ['a wrong method', on.foreign('GET', `/v1/events/webhooks/1/events/2/resend`, { headers: credentials() }), 405],
  ]
  for (const [what, call, code] of cases) {
    const { status, json } = await call
    expect([what, status, json]).toEqual([what, code, { code, message: expect.stringMatching(/./) }])
  }
  await on.native('PATCH', `/v1/endpoints/${endpoint.id}`, { json: { status: 'disabled' } })
  expect((await resend(endpoint.number, delivery.number)).json).toMatchObject({ code: 400 })
})

test.each([
  ['page=2', 'page: There is no such field here'],
  ['limit=0', 'limit: There is no such field here'],
  ['page=2&limit=0', 'page: There is no such field here; limit: There is no such field here'],
])('a query that it does not have is told by field: %s', async (query, message) => {
  const answer = await on.foreign('POST', `/v1/events/webhooks/1/events/2/resend?${query}`, { headers: credentials() })
  expect([answer.status, answer.json]).toEqual([400, { code: 400, message }])
})
