import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { startIngress } from '../harness.ts'
import { type Installation, NO_RETRIES, NO_SUCH_ID, startInstallation } from './support.ts'

let on: Installation
beforeAll(async () => {
  on = await startInstallation()
})
afterAll(() => on.close())
beforeEach(() => {
  on.receiver.answerWith({})
  on.receiver.requests.length = 0
})

const bearer = (key = on.ours.key) => ({ authorization: `Bearer ${key}` })
const get = (path: string, headers: Record<string, string> = bearer()) => on.foreign('GET', path, { headers })
const retry = (eventId: string, body: { json?: unknown; text?: string } = {}, headers = bearer()) =>
  on.foreign('POST', `/v1/webhooks/events/${eventId}/retry`, { ...body, headers })

let count = 0
/** A type of its own, so that nobody else's endpoints get its events. */
const newType = () => `card.event${String(count++)}`

test.each([
  ['no body', {}],
  ['an empty body', { text: '', headers: { 'content-type': 'text/plain' } }],
  ['{}', { json: {} }],
])('%s means all active endpoints subscribed now, those that had it and those that did not', async (_what, body) => {
  const type = newType()
  await on.endpoint({ eventTypes: [type] })
  const eventId = await on.publish({ type, payload: { amount: 1 } })
  await on.deliveries(eventId, 1, 'succeeded')
  await on.endpoint({ eventTypes: [type] })
  await on.endpoint({ eventTypes: [type], status: 'paused' })
  await on.endpoint({ eventTypes: [type], status: 'disabled' })
  await on.endpoint({ eventTypes: ['other'] })
  on.receiver.requests.length = 0
  const answer = await retry(eventId, body)
  expect(answer.status).toBe(200)
  expect(answer.json).toEqual({
    success: true,
    data: { eventId, webhookCount: 2, message: 'Event queued for retry to 2 webhook(s)' },
  })
  const requests = await on.receiver.waitFor(2)
  await on.deliveries(eventId, 2, 'succeeded')
  expect(requests.map((request) => [request.body.toString(), request.headers['webhook-id']])).toEqual([
    ['{"amount":1}', eventId],
    ['{"amount":1}', eventId],
  ])
  expect(requests.map((request) => request.headers['redrive-attempt']).sort()).toEqual(['1', '2'])
})

test('{"webhookId"} means that one: subscribed or not, paused ones when they resume', async () => {
  const type = newType()
  const subscribed = await on.endpoint({ eventTypes: [type] })
  const stranger = await on.endpoint({ eventTypes: ['other'] })
  const paused = await on.endpoint({ eventTypes: [type], status: 'paused' })
  const eventId = await on.publish({ type, payload: {}, endpointId: subscribed.id })
  await on.deliveries(eventId, 1, 'succeeded')
  for (const { id } of [subscribed, stranger, paused]) {
    const answer = await retry(eventId, { json: { webhookId: id.toUpperCase() } })
    expect(answer.json).toEqual({
      success: true,
      data: { eventId, webhookCount: 1, message: 'Event queued for retry to 1 webhook(s)' },
    })
  }
  await on.receiver.waitFor(3)
  expect((await get(`/v1/webhooks/events/${eventId}/status`)).json).toMatchObject({ data: { status: 'pending' } })
  await on.native('PATCH', `/v1/endpoints/${paused.id}`, { json: { status: 'active' } })
  await on.deliveries(eventId, 3, 'succeeded')
})

test('no webhook at all is a success with none', async () => {
  const eventId = await on.publish({ type: newType(), payload: {} })
  expect((await retry(eventId)).json).toEqual({
    success: true,
    data: { eventId, webhookCount: 0, message: 'Event queued for retry to 0 webhook(s)' },
  })
})

test('the documented errors, word for word', async () => {
  const type = newType()
  const endpoint = await on.endpoint({ eventTypes: [type], status: 'disabled' })
  const eventId = await on.publish({ type, payload: {} })
  const theirs = await on.server.call('POST', '/v1/endpoints', {
    key: on.theirs.key,
    json: { url: on.receiver.url },
  })
  const reader = await on.keyFor('deliveries:read', 'events:read')
  const cases: [ReturnType<typeof retry>, number, string][] = [
    [retry(eventId, { json: { webhookId: '12' } }), 400, 'webhookId must be a valid UUID'],
    [retry(eventId, { json: { webhookId: 12 } }), 400, 'webhookId must be a valid UUID'],
    [retry('12'), 400, 'eventId must be a valid UUID'],
    [retry(eventId, { json: { webhookId: endpoint.id } }), 400, 'Webhook is not active'],
    [on.foreign('POST', `/v1/webhooks/events/${eventId}/retry`), 401, 'Not authenticated'],
    [retry(eventId, {}, bearer('rdk_no')), 401, 'Not authenticated'],
    [retry(eventId, {}, { authorization: `Token ${on.ours.key}` }), 401, 'Not authenticated'],
    [retry(eventId, {}, bearer(reader)), 403, 'Not authorized'],
    [retry(NO_SUCH_ID), 404, 'Event not found'],
    [retry(eventId, {}, bearer(on.theirs.key)), 404, 'Event not found'],
    [retry(eventId, { json: { webhookId: NO_SUCH_ID } }), 404, 'Webhook not found'],
    [retry(eventId, { json: { webhookId: String(theirs.json['id']) } }), 404, 'Webhook not found'],
    [get(`/v1/webhooks/events/${NO_SUCH_ID}/status`), 404, 'Event not found'],
    [get(`/v1/webhooks/events/${NO_SUCH_ID}/logs`), 404, 'Event not found'],
    [get('/v1/webhooks/events/12/status'), 400, 'eventId must be a valid UUID'],
    [get('/v1/webhooks/events', {}), 401, 'Not authenticated'],
  ]
  for (const [call, status, message] of cases) {
    const answer = await call
    expect([answer.status, answer.json]).toEqual([status, { message }])
  }
  for (const [call, status] of [
    [get('/v1/webhooks/nonsense'), 404],
    [on.foreign('PUT', '/v1/webhooks/events', { headers: bearer() }), 405],
    [on.foreign('POST', `/v1/webhooks/events/${eventId}/retry`, { text: '{', headers: bearer() }), 400],
    [get('/v1/webhooks/events?status=odd'), 400],
  ] as const) {
    const answer = await call
    expect([answer.status, Object.keys(answer.json)]).toEqual([status, ['message']])
  }
})

test('what is wrong with a query is told by field, in one sentence', async () => {
  const noField = 'page: There is no such field here'
  const limit = 'limit: Expected an integer from 1 to 250'
  for (const [query, message] of [
    ['page=2', noField],
    ['limit=0', limit],
    ['page=2&limit=0', `${limit}; ${noField}`],
    ['a%2Fb~=1', 'a/b~: There is no such field here'],
    ['cursor=x', 'cursor: This is not a cursor that this list has given out'],
    ['type=a..b', 'type must be an event type'],
  ] as const) {
    const answer = await get(`/v1/webhooks/events?${query}`)
    expect([query, answer.status, answer.json]).toEqual([query, 400, { message }])
  }
})

test('status, logs and list tell what has become of an event', async () => {
  const type = newType()
  const endpoint = await on.endpoint({ eventTypes: [type], retryPolicy: NO_RETRIES })
  on.receiver.answerWith({ status: 500, body: 'sorry' })
  const eventId = await on.publish({ type, payload: {} })
  const [failed] = await on.deliveries(eventId, 1, 'failed')
  const head = { eventId, type, createdAt: (await on.native('GET', `/v1/events/${eventId}`)).json['createdAt'] }
  const webhook = {
    webhookId: endpoint.id,
    url: on.receiver.url,
    status: 'failed',
    attempts: 1,
    responseStatus: 500,
    nextAttemptAt: null,
  }
  expect((await get(`/v1/webhooks/events/${eventId}/status`)).json).toEqual({
    success: true,
    data: { ...head, status: 'failed', webhooks: [webhook] },
  })
  expect((await get(`/v1/webhooks/events?type=${type}&status=failed`)).json).toEqual({
    success: true,
    data: { events: [{ ...head, status: 'failed', webhookCount: 1 }], nextCursor: null, prevCursor: null },
  })
  expect((await get(`/v1/webhooks/events?type=${type}&status=delivered`)).json).toMatchObject({ data: { events: [] } })

  on.receiver.answerWith({ body: 'thanks' })
  await retry(eventId)
  await on.deliveries(eventId, 1, 'succeeded')
  const first = await get(`/v1/webhooks/events/${eventId}/logs?limit=1`)
  const log = {
    webhookId: endpoint.id,
    attempt: 2,
    status: 'delivered',
    responseStatus: 200,
    responseBody: 'thanks',
    error: null,
    id: expect.any(String),
    durationMs: expect.any(Number),
    attemptedAt: expect.any(String),
    nextAttemptAt: null,
  }
  expect(first.json).toEqual({
    success: true,
    data: { eventId, logs: [log], nextCursor: expect.any(String), prevCursor: null },
  })
  const { nextCursor } = first.json['data'] as { nextCursor: string }
  const second = await get(`/v1/webhooks/events/${eventId}/logs?limit=1&cursor=${nextCursor}`)
  expect(second.json['data']).toMatchObject({
    logs: [{ attempt: 1, status: 'failed', responseStatus: 500, responseBody: 'sorry', id: failed?.lastAttempt?.id }],
    nextCursor: null,
  })
  expect((await get(`/v1/webhooks/events?type=${type}&status=delivered`)).json).toMatchObject({
    data: { events: [{ eventId, status: 'delivered' }] },
  })
  expect((await get('/v1/webhooks/events', bearer(on.theirs.key))).json).toMatchObject({ data: { events: [] } })
})

test('lists are paged, newest first', async () => {
  const type = newType()
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.unshift(await on.publish({ type, payload: {} }))
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = await get(`/v1/webhooks/events?type=${type}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
    const data = page.json['data'] as { events: { eventId: string }[]; nextCursor: string | null }
    seen.push(...data.events.map((event) => event.eventId))
    cursor = data.nextCursor
  }
  expect(seen).toEqual(ids)
})

test('switched off it answers 503, and other contracts as any unknown path', async () => {
  const off = await startIngress({ contracts: ['violet'] })
  try {
    for (const path of [`/v1/webhooks/events/${NO_SUCH_ID}/retry`, '/v1/webhooks/events']) {
      const answer = await off.call('POST', path)
      expect(answer.status).toBe(503)
      expect(answer.json).toEqual({ message: 'Notification service is not configured for this environment' })
    }
    const other = await off.call('POST', `/v1/outbound-webhook/deliveries/${NO_SUCH_ID}/retry`)
    expect(other.status).toBe(404)
    expect(other.headers.get('content-type')).toBe('application/problem+json')
    const on = await off.call('POST', '/v1/events/webhooks/1/events/2/resend', { key: null })
    expect(on.json).toMatchObject({ code: 401 })
    const document = (await off.call('GET', '/openapi.json')).text
    expect(document).toContain('/v1/events/webhooks/')
    expect(document).not.toContain('/v1/outbound-webhook/')
  } finally {
    await off.close()
  }
})
