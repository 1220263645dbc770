import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Call } from '../harness.ts'
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

const ROOT = '/api/v1/oms/oms_hook_events/'
const token = (key = on.ours.key) => ({ authorization: `Token ${key}` })
const call = (method: string, path: string, { headers = {}, ...rest }: Call = {}) =>
  on.foreign(method, ROOT + path, { headers: { ...token(), ...headers }, ...rest })
const hook = (settings: object = {}) =>
  on.endpoint({ eventTypes: ['order.created'], bodyFormat: 'akinon', retryPolicy: NO_RETRIES, ...settings })

interface Element {
  id: number
  uuid: string
  request_payload: { event: { uuid: string; type: string }; payload: unknown }
  webhook: Record<string, unknown>
}
const newest = async (): Promise<Element> => {
  const list = await call('GET', '?page_size=1')
  const [first] = list.json['results'] as Element[]
  if (!first) throw new Error('the list is empty')
  return first
}
const sent = async (n: number) => {
  const request = (await on.receiver.waitFor(n))[n - 1]
  return JSON.parse(request?.body.toString() ?? '') as Element['request_payload']
}

test('publish, list, show and resend: every field, and what the receiver gets', async () => {
  on.receiver.answerWith({ body: '{"ok": true}' })
  const endpoint = await hook({
    headers: { 'x-team': 'a', 'x-key': { value: 'hush', sensitive: true } },
    metadata: { shop: '1' },
    retryPolicy: { strategy: 'exponential', baseSeconds: 2, factor: 2, maxDelaySeconds: 600, maxRetries: 8, jitter: 0 },
    callbackUrl: 'http://127.0.0.1:9/callback',
  })
  const answer = await call('POST', 'publish-event/', {
    json: { hook: endpoint.number, instance: { pk: 12, model: 'order', payload: { total: 1.5 } } },
  })
  expect([answer.status, answer.text]).toEqual([202, ''])
  const body = await sent(1)
  expect(body).toEqual({
    event: { type: 'order.created', uuid: expect.stringMatching(/^[0-9a-f]{32}$/) },
    payload: { total: 1.5 },
  })
  const eventId = String(on.receiver.requests[0]?.headers['webhook-id'])
  expect(body.event.uuid).toBe(eventId.replaceAll('-', ''))
  const [delivery] = await on.deliveries(eventId, 1, 'succeeded')
  const shown = await on.native('GET', `/v1/endpoints/${endpoint.id}`)
  const element = {
    id: delivery?.number,
    uuid: delivery?.id,
    webhook: {
      id: endpoint.number,
      retry_countdown_config: { choice: 'exponential', kwargs: { base: 2, max: 600, max_retries: 8 } },
      created_date: shown.json['createdAt'],
      modified_date: shown.json['updatedAt'],
      target_url: on.receiver.url,
      is_active: true,
      secret_key: endpoint.secret,
      event_type: 'order.created',
      callback: 'http://127.0.0.1:9/callback',
      additional_headers: { 'x-team': 'a', 'x-key': '[redacted]' },
      config: { shop: '1' },
    },
    created_date: delivery?.createdAt.toISOString(),
    modified_date: delivery?.updatedAt.toISOString(),
    request_payload: body,
    response_content: { ok: true },
    response_http_status: 200,
    delivered: true,
    request_datetimes: [delivery?.lastAttempt?.startedAt.toISOString()],
    retry_count: 0,
    object_id: 12,
    content_type: expect.any(Number),
  }
  const list = await call('GET', '')
  expect(list.json).toEqual({ count: 1, next: null, previous: null, results: [element] })
  expect((await call('GET', `${String(element.id)}/`)).json).toEqual(element)
  expect((await call('GET', String(element.id))).json).toEqual(element)

  on.receiver.answerWith({ status: 503, body: 'later' })
  const resent = await call('POST', 'resend-event/', { json: { event: String(element.uuid).replaceAll('-', '') } })
  expect([resent.status, resent.text]).toEqual([200, ''])
  expect(await sent(2)).toEqual(body)
  expect(on.receiver.requests[1]?.headers).toMatchObject({ 'webhook-id': eventId, 'redrive-attempt': '2' })
  await on.deliveries(eventId, 1, 'retrying')
  expect((await newest()) as object).toMatchObject({
    id: element.id,
    delivered: false,
    retry_count: 1,
    response_http_status: 503,
    response_content: 'later',
    request_datetimes: [expect.any(String), expect.any(String)],
  })

  // its next retry is not to come into another test
  await on.native('PATCH', `/v1/endpoints/${endpoint.id}`, { json: { status: 'paused' } })

  const masked = await on.keyFor('deliveries:read')
  expect((await call('GET', '', { headers: token(masked) })).json).toMatchObject({
    results: [{ webhook: { secret_key: '********' } }],
  })
  expect((await call('GET', '', { headers: token(on.theirs.key) })).json).toMatchObject({ count: 0, results: [] })
})

test.each([
  ['instance as JSON text', (number: number) => ({ hook: String(number), instance: '{"pk": "A-1", "model": "form"}' })],
  [
    'instance[pk] and instance[model]',
    (number: number) => ({ hook: String(number), 'instance[pk]': 'A-1', 'instance[model]': 'form' }),
  ],
])('a form with %s; without a payload it is that of the newest event about the same', async (_what, fields) => {
  const endpoint = await hook()
  const publish = () =>
    call('POST', 'publish-event', {
      text: new URLSearchParams(fields(endpoint.number)).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  const before = await on.publish({
    type: 'unheard.of',
    payload: { big: 1 },
    subject: { type: 'form', id: 'A-1' },
  })
  expect(before).not.toBe('')
  expect((await publish()).status).toBe(202)
  expect((await sent(1)).payload).toEqual({ big: 1 })
  expect((await newest()) as object).toMatchObject({ object_id: 'A-1' })
})

test('about what nobody has heard of the payload is empty; the content type is the model’s, always', async () => {
  const endpoint = await hook({ eventTypes: ['named.*'] })
  const publish = (pk: number, model: string) =>
    call('POST', 'publish-event/', {
      json: { hook: endpoint.number, instance: { pk, model }, event_type: 'named.one' },
    })
  const types: unknown[] = []
  for (const [n, [pk, model]] of (
    [
      [1, 'x'],
      [2, 'x'],
      [3, 'y'],
    ] as const
  ).entries()) {
    expect((await publish(pk, model)).status).toBe(202)
    expect(await sent(n + 1)).toMatchObject({ event: { type: 'named.one' }, payload: {} })
    types.push(((await newest()) as unknown as Record<string, unknown>)['content_type'])
  }
  expect(types[0]).toBe(types[1])
  expect(types[2]).not.toBe(types[0])
})

test('the uuid inside the payload is the event’s, and sends it to everyone who had it', async () => {
  const [one, two] = [await hook(), await hook()]
  await on.endpoint({ eventTypes: ['pair.made'], status: 'disabled' })
  const type = 'pair.made'
  for (const { id } of [one, two]) await on.native('PATCH', `/v1/endpoints/${id}`, { json: { eventTypes: [type] } })
  const eventId = await on.publish({ type, payload: {} })
  await on.deliveries(eventId, 2, 'succeeded')
  await on.native('PATCH', `/v1/endpoints/${one.id}`, { json: { eventTypes: ['other'] } })
  const answer = await call('POST', 'resend-event/', { json: { event: eventId.replaceAll('-', '') } })
  expect(answer.status).toBe(200)
  await on.receiver.waitFor(4)
  await on.deliveries(eventId, 2, 'succeeded')
  expect(on.receiver.requests.map((request) => request.headers['webhook-id'])).toEqual(Array(4).fill(eventId))
})

test.each([
  ['as deep as can be', `{"a":${'['.repeat(127)}${']'.repeat(127)}}`, 'object'],
  ['one deeper', `{"a":${'['.repeat(128)}${']'.repeat(128)}}`, 'string'],
  ['16 KiB of brackets', `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`, 'string'],
])(
  'an answer that is nested is shown as an object down to 128 levels, deeper as text: %s',
  async (_what, body, kind) => {
    on.receiver.answerWith({ body })
    const endpoint = await hook()
    await call('POST', 'publish-event/', { json: { hook: endpoint.number, instance: { pk: 1, model: 'deep' } } })
    await sent(1)
    await on.deliveries(String(on.receiver.requests[0]?.headers['webhook-id']), 1, 'succeeded')
    const inList = await newest()
    const detail = await call('GET', `${String(inList.id)}/`)
    expect(detail.status).toBe(200)
    expect(detail.json).toEqual(inList)
    const content = detail.json['response_content']
    expect(typeof content).toBe(kind)
    expect(kind === 'string' ? content : JSON.stringify(content)).toBe(body)
  },
)

test('an endpoint that takes only what the system publishes lets nobody publish that', async () => {
  const endpoint = await hook({ eventTypes: ['redrive.endpoint.disabled'] })
  const publish = (event: object) =>
    call('POST', 'publish-event/', { json: { hook: endpoint.number, instance: { pk: 1, model: 'order' }, ...event } })
  const untold = await publish({})
  expect([untold.status, untold.json]).toEqual([
    400,
    { hook: ['This hook has no single event type that can be published; name one with event_type.'] },
  ])
  const told = await publish({ event_type: 'redrive.endpoint.disabled' })
  expect([told.status, told.json]).toEqual([
    400,
    { event_type: ['Types that begin with redrive. are the system’s own.'] },
  ])
  expect((await publish({ event_type: 'order.created' })).status).toBe(202)
  expect((await sent(1)).event.type).toBe('order.created')
})

test('the list is numbered as Django REST framework does it', async () => {
  const all = await call('GET', '?page_size=250')
  const ids = (all.json['results'] as Element[]).map((element) => element.id)
  expect(all.json['count']).toBe(ids.length)
  const seen: number[] = []
  let next: string | null = `${on.server.url}${ROOT}?page_size=3`
  let previous: unknown = null
  while (next !== null) {
    const page = await on.foreign('GET', next.slice(on.server.url.length), { headers: token() })
    expect(page.json['previous']).toBe(previous)
    seen.push(...(page.json['results'] as Element[]).map((element) => element.id))
    previous = next
    next = page.json['next'] as string | null
  }
  expect(seen).toEqual(ids)
  expect((await call('GET', '?page=999')).json).toEqual({ detail: 'Invalid page.' })
  expect((await call('GET', '?page=x')).status).toBe(404)
})

test.each([
  [
    { strategy: 'linear', stepSeconds: 5, maxDelaySeconds: 60, maxRetries: 3 },
    'linear',
    { step: 5, max: 60, max_retries: 3 },
  ],
  [{ strategy: 'fixed', delaySeconds: 9, maxRetries: 2 }, 'fixed', { delay: 9, max_retries: 2 }],
  [{ strategy: 'schedule', delaysSeconds: [1, 5] }, 'schedule', { delays: [1, 5] }],
  [
    { strategy: 'exponential', baseSeconds: 10, factor: 2, maxDelaySeconds: 30, maxRetries: 3 },
    'schedule',
    { delays: [10, 20, 30] },
  ],
])('the policy %j that the native API sets is told as %s', async (policy, choice, kwargs) => {
  const endpoint = await hook()
  await on.native('PATCH', `/v1/endpoints/${endpoint.id}`, { json: { retryPolicy: { jitter: 0, ...policy } } })
  await call('POST', 'publish-event/', { json: { hook: endpoint.number, instance: { pk: 1, model: 'policy' } } })
  await sent(1)
  expect((await newest()).webhook['retry_countdown_config']).toEqual({ choice, kwargs })
})

test('errors, in the framework’s words', async () => {
  const open = await hook({ eventTypes: ['*'] })
  const instance = { pk: 1, model: 'order' }
  const publish = (json: unknown) => call('POST', 'publish-event/', { json })
  const required = ['This field is required.']
  const cases: [ReturnType<typeof call>, number, unknown][] = [
    [publish({}), 400, { hook: required, instance: required }],
    [call('POST', 'publish-event/'), 400, { hook: required, instance: required }],
    [publish({ hook: 'x', instance }), 400, { hook: ['A valid integer is required.'] }],
    [publish({ hook: 999_999, instance }), 400, { hook: ['Invalid pk "999999" - object does not exist.'] }],
    [publish({ hook: open.number, instance }), 400, { hook: [expect.stringContaining('event type')] }],
    [publish({ hook: open.number, instance: { pk: 1 } }), 400, { instance: required }],
    [call('POST', 'resend-event/', { json: { event: 'x' } }), 400, { event: ['Must be a valid UUID.'] }],
    [call('POST', 'resend-event/', { json: {} }), 400, { event: expect.any(Array) }],
    [call('POST', 'resend-event/', { json: { event: NO_SUCH_ID } }), 404, { detail: 'Not found.' }],
    [call('GET', '999999/'), 404, { detail: 'Not found.' }],
    [call('GET', 'odd/'), 404, { detail: 'Not found.' }],
    [call('GET', 'odd/odder/'), 404, { detail: 'Not found.' }],
    [call('PUT', ''), 405, { detail: 'Method "PUT" not allowed.' }],
    [on.foreign('GET', ROOT), 401, { detail: 'Authentication credentials were not provided.' }],
    [
      call('GET', '', { headers: { authorization: `Bearer ${on.ours.key}` } }),
      401,
      { detail: 'Authentication credentials were not provided.' },
    ],
    [call('GET', '', { headers: token('rdk_no') }), 401, { detail: 'Invalid token.' }],
    [
      call('GET', '', { headers: token(await on.keyFor('events:write')) }),
      403,
      { detail: 'You do not have permission to perform this action.' },
    ],
  ]
  for (const [answer, status, body] of cases) {
    const { json, status: answered } = await answer
    expect([answered, json]).toEqual([status, body])
  }
  expect((await on.foreign('GET', ROOT)).headers.get('www-authenticate')).toBe('Token')
})
