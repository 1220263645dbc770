import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { SignJWT } from 'jose'
import { OPERATOR_KEY } from '../harness.ts'
import { type Installation, startInstallation } from './support.ts'

const SECRET = 'a-secret-that-is-long-enough-for-hs256-0123'
const JWT = { issuer: 'https://issuer.example/', audience: 'redrive' }
const ACCOUNT = '5f328bf0b5f328bf0b5f328b'

let on: Installation
beforeAll(async () => {
  on = await startInstallation({ jwt: { ...JWT, keys: { kind: 'hs256', secret: SECRET } } })
})
afterAll(() => on.close())
beforeEach(() => {
  on.receiver.requests.length = 0
})

const context = (members: object = {}) => JSON.stringify({ account: ACCOUNT, ...members })
let count = 0
const newId = () => `request-${String(count++)}`

interface Options {
  path?: string
  key?: string
  site?: string | null
}

function retry(body: unknown, { path = '/api/v2/webhook/retry', key = on.ours.key, site = context() }: Options = {}) {
  return on.foreign('POST', path, {
    json: body,
    headers: {
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(site === null ? {} : { 'x-site-context': site }),
    },
  })
}
const example = (members: object = {}) => ({
  channel: '12',
  tenant: on.ours.id,
  event: 'ORDER_CREATED',
  payload: '{"orderId": "O-1", "total": 12345678901234567890}',
  eventRequestId: newId(),
  orderNumber: 'O-1',
  apiVersion: 'v2',
  ...members,
})

test('an unknown event is published as new, to who takes its channel; again, it is retried with what is stored', async () => {
  const takes = await on.endpoint({ eventTypes: ['ORDER_CREATED'], channels: ['12'] })
  const takesAll = await on.endpoint({ eventTypes: ['ORDER_CREATED'] })
  await on.endpoint({ eventTypes: ['ORDER_CREATED'], channels: ['13'] })
  const body = example()
  const answer = await retry(body, { site: context({ channel: 12, stage: 'prod', date: '2026-01-02T03:04:05Z' }) })
  expect(answer.status).toBe(200)
  const element = (webhookId: string) => ({
    statusCodeValue: 200,
    statusCode: 'OK',
    webhookId,
    deliveryId: expect.any(String),
  })
  const both = expect.arrayContaining([element(takes.id), element(takesAll.id)])
  expect(answer.json).toEqual(both)
  expect(answer.json).toHaveLength(2)
  const requests = await on.receiver.waitFor(2)
  const eventId = String(requests[0]?.headers['webhook-id'])
  for (const request of requests) {
    expect(request.body.toString()).toBe(body.payload)
    expect(request.headers).toMatchObject({ 'webhook-id': eventId, 'redrive-event-type': 'ORDER_CREATED' })
  }
  expect((await on.native('GET', `/v1/events/${eventId}`)).json).toMatchObject({
    channel: '12',
    idempotencyKey: body.eventRequestId,
    subject: { type: 'order', id: 'O-1' },
  })
  await on.deliveries(eventId, 2, 'succeeded')

  const spelledOtherwise = { ...body, payload: { total: 12345678901234567890, orderId: 'O-1' } }
  const again = await retry(spelledOtherwise, { path: '/webhook/retry' })
  expect(again.json).toEqual(both)
  const [, , third, fourth] = await on.receiver.waitFor(4)
  for (const request of [third, fourth]) {
    expect(request?.body.toString()).toBe(body.payload)
    expect(request?.headers).toMatchObject({ 'webhook-id': eventId, 'redrive-attempt': '2' })
  }

  const other = await retry({ ...body, payload: { orderId: 'O-2' } })
  expect(other.status).toBe(400)
  expect(other.json['message']).toMatch(/^Bad Request: payload: differs from the stored payload/)
})

test('an event that was published natively is found by its key; the channel restricts who gets it again', async () => {
  const type = 'ORDER_NATIVE'
  const plain = await on.endpoint({ eventTypes: [type] })
  await on.endpoint({ eventTypes: [type], channels: ['other'] })
  const eventRequestId = newId()
  const eventId = await on.publish({ type, payload: { a: 1 }, idempotencyKey: eventRequestId })
  await on.deliveries(eventId, 1, 'succeeded')
  const answer = await retry(example({ event: type, payload: { a: 1 }, eventRequestId }))
  expect(answer.json).toEqual([expect.objectContaining({ webhookId: plain.id, statusCodeValue: 200 })])
  const [, again] = await on.receiver.waitFor(2)
  expect(again?.headers['webhook-id']).toBe(eventId)
})

test('nobody subscribed: an empty list', async () => {
  const answer = await retry(example({ event: 'NOBODY_CARES' }))
  expect([answer.status, answer.text]).toEqual([200, '[]'])
})

test('JWT, key and operator; the tenant of the body by id or slug', async () => {
  const { json } = await on.server.call('GET', `/v1/tenants/${on.ours.id}`)
  const jwt = await new SignJWT({ tenant: on.ours.id, scope: 'deliveries:retry events:write' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(JWT.issuer)
    .setAudience(JWT.audience)
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(SECRET))
  for (const key of [jwt, on.ours.key, OPERATOR_KEY]) {
    const answer = await retry(example({ event: 'NOBODY_CARES', tenant: json['slug'] }), { key })
    expect([answer.status, answer.text]).toEqual([200, '[]'])
  }
})

test('errors have a message, which for 400 begins with Bad Request and names the field', async () => {
  const event = 'NOBODY_CARES'
  const cases: [string, ReturnType<typeof retry>, number, RegExp][] = [
    ['no credential', retry(example(), { key: '' }), 401, /./],
    ['a wrong one', retry(example(), { key: 'rdk_no' }), 401, /./],
    ['no right', retry(example(), { key: await on.keyFor('events:read') }), 403, /./],
    ['another tenant', retry(example({ tenant: on.theirs.id })), 403, /tenant/],
    ['an unknown tenant', retry(example({ tenant: 'nobody' })), 403, /tenant/],
    ['no site context', retry(example(), { site: null }), 400, /^Bad Request: x-site-context: is required/],
    ['an odd one', retry(example(), { site: 'x' }), 400, /^Bad Request: x-site-context/],
    [
      'an account too short',
      retry(example(), { site: '{"account":"1"}' }),
      400,
      /^Bad Request: x-site-context.account/,
    ],
    ['no account', retry(example(), { site: '{}' }), 400, /^Bad Request: x-site-context.account/],
    ['an odd date', retry(example(), { site: context({ date: 'now' }) }), 400, /^Bad Request: x-site-context.date/],
    ['other channels', retry(example({ event }), { site: context({ channel: '13' }) }), 400, /^Bad Request: channel/],
    ['a payload that is none', retry(example({ payload: '[1]' })), 400, /^Bad Request: payload: must be an object/],
    [
      'half a surrogate in a payload',
      retry(example({ payload: '{"a":"\ud800"}' })),
      400,
      /^Bad Request: payload: NUL and lone surrogates are not allowed here$/,
    ],
    ['no body', retry(undefined), 400, /^Bad Request/],
    ['an unknown path', on.foreign('POST', '/api/v2/webhook/odd', {}), 404, /./],
    ['a wrong method', on.foreign('GET', '/webhook/retry', {}), 405, /./],
  ]
  for (const field of ['channel', 'tenant', 'event', 'payload', 'eventRequestId']) {
    cases.push([`no ${field}`, retry(example({ [field]: undefined })), 400, new RegExp(`^Bad Request: ${field}: `)])
  }
  for (const [what, call, status, message] of cases) {
    const answer = await call
    expect([what, answer.status, answer.json]).toEqual([what, status, { message: expect.stringMatching(message) }])
  }
})

test('half a surrogate that a payload only spells as an escape is kept byte for byte', async () => {
  await on.endpoint({ eventTypes: ['ORDER_ODD'] })
  const payload = String.raw`{"a":"\ud800"}`
  expect((await retry(example({ event: 'ORDER_ODD', payload }))).status).toBe(200)
  const [request] = await on.receiver.waitFor(1)
  expect(request?.body.toString()).toBe(payload)
})

test('trouble of ours is an Internal Server Error', async () => {
  on.server.databaseProxy.pause()
  try {
    const answer = await retry(example())
    expect([answer.status, answer.json]).toEqual([500, { message: 'Internal Server Error' }])
  } finally {
    on.server.databaseProxy.resume()
  }
})
