import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createdEndpoint, endpoint, tenant } from '@redrive/contracts'
import { DEFAULT_RETRY_POLICY } from '@redrive/core'
import { startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
})
afterAll(() => server.close())

const URL = 'https://receiver.example/hook'
const create = (json: object) => server.call('POST', '/v1/endpoints', { key: ours.key, json })
const patch = (id: unknown, json: object) =>
  server.call('PATCH', `/v1/endpoints/${String(id)}`, { key: ours.key, json })
const get = (id: unknown, more = '') => server.call('GET', `/v1/endpoints/${String(id)}${more}`, { key: ours.key })

test('with nothing but a URL an endpoint has the documented defaults', async () => {
  const answer = await create({ url: URL })
  expect(answer.status).toBe(201)
  expect(createdEndpoint.safeParse(answer.json).error).toBeUndefined()
  expect(answer.json).toMatchObject({
    url: URL,
    tenantId: ours.id,
    eventTypes: ['*'],
    channels: [],
    filter: null,
    status: 'active',
    disabledReason: null,
    signature: { scheme: 'standard' },
    bodyFormat: 'raw',
    headers: {},
    retryPolicy: DEFAULT_RETRY_POLICY,
    timeoutSeconds: 15,
    rateLimit: null,
    maxConcurrency: null,
    health: { state: 'ok', since: null, consecutiveFailures: 0, nextProbeAt: null },
    ordering: 'none',
    disableAfterSeconds: 432_000,
    callbackUrl: null,
  })
  expect(answer.headers.get('location')).toBe(`/v1/endpoints/${String(answer.json['id'])}`)
})

test('the secret is shown on create, and later to who may read secrets', async () => {
  const given = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const answer = await create({ url: URL, secret: given })
  const { secret, ...shown } = answer.json
  expect(secret).toBe(given)
  const read = await get(answer.json['id'])
  expect(endpoint.safeParse(read.json).error).toBeUndefined()
  expect(read.json).toEqual(shown)
  expect((await get(answer.json['id'], '/secret')).json).toEqual({ secret: given })
  const generated = await create({ url: URL })
  expect(generated.json['secret']).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect((await get(generated.json['id'], '/secret')).json).toEqual({ secret: generated.json['secret'] })
})

test('a sensitive header is never shown again', async () => {
  const headers = { 'X-Team': 'a', authorization: { value: 'Basic hush-hush', sensitive: true } }
  const answer = await create({ url: URL, headers })
  const shown = { 'x-team': 'a', authorization: { value: null, sensitive: true } }
  expect(answer.json['headers']).toEqual(shown)
  expect((await get(answer.json['id'])).json['headers']).toEqual(shown)
  expect((await server.call('GET', '/v1/endpoints', { key: ours.key })).text).not.toContain('hush-hush')
  expect(JSON.stringify(server.lines)).not.toContain('hush-hush')
})

test('a change changes what it names and nothing else', async () => {
  const made = await create({ url: URL, eventTypes: ['order.*'], description: 'before' })
  const before = (await get(made.json['id'])).json
  const answer = await patch(made.json['id'], {
    description: 'after',
    retryPolicy: { strategy: 'fixed', delaySeconds: 9, maxRetries: 3 },
  })
  expect(answer.status).toBe(200)
  const retryPolicy = { strategy: 'fixed', delaySeconds: 9, maxRetries: 3, jitter: 0.2 }
  expect(answer.json).toEqual({ ...before, description: 'after', retryPolicy, updatedAt: answer.json['updatedAt'] })
  expect((await patch(made.json['id'], { retryPolicy: null })).json['retryPolicy']).toEqual(DEFAULT_RETRY_POLICY)
  const disabled = await patch(made.json['id'], { status: 'disabled' })
  expect(disabled.json).toMatchObject({ status: 'disabled', disabledAt: expect.any(String) })
  expect((await patch(made.json['id'], { status: 'active' })).json).toMatchObject({
    status: 'active',
    disabledAt: null,
  })
})

test('what is deleted is gone', async () => {
  const made = await create({ url: URL })
  const path = `/v1/endpoints/${String(made.json['id'])}`
  const deleted = await server.call('DELETE', path, { key: ours.key })
  expect([deleted.status, deleted.text]).toEqual([204, ''])
  for (const [method, more] of [
    ['GET', ''],
    ['GET', '/secret'],
    ['DELETE', ''],
  ] as const) {
    expect((await server.call(method, path + more, { key: ours.key })).status).toBe(404)
  }
  expect((await patch(made.json['id'], {})).status).toBe(404)
})

test.each<[string, object | string, number, object]>([
  ['a field', { reason: 'maintenance' }, 422, { errors: [{ pointer: '/reason' }] }],
  ['what is no object', [], 422, {}],
  ['what can’t be read', '{', 400, {}],
])('%s is refused by what takes no fields, and nothing is done', async (_what, said, status, problem) => {
  const made = await create({ url: URL })
  const path = `/v1/endpoints/${String(made.json['id'])}`
  const text = typeof said === 'string' ? said : JSON.stringify(said)
  const answer = await server.call('POST', `${path}/pause`, { key: ours.key, text })
  expect(answer.status).toBe(status)
  expect(answer.json).toMatchObject(problem)
  expect((await get(made.json['id'])).json['status']).toBe('active')
  expect((await server.call('POST', `${path}/pause`, { key: ours.key, json: {} })).status).toBe(200)
})

describe('what is refused, on create and on change', () => {
  test.each<[string, object, string]>([
    ['a private address', { url: 'http://10.0.0.1/' }, '/url'],
    ['the metadata address', { url: 'http://169.254.169.254/latest' }, '/url'],
    ['a URL with a password', { url: 'https://a:b@receiver.example/' }, '/url'],
    ['another scheme', { url: 'ftp://receiver.example/' }, '/url'],
    ['no URL', { url: 'receiver' }, '/url'],
    ['a private callback', { callbackUrl: 'http://[::ffff:10.0.0.1]/' }, '/callbackUrl'],
    ['a hop-by-hop header', { headers: { connection: 'x' } }, '/headers/connection'],
    ['a reserved header', { headers: { 'webhook-id': 'x' } }, '/headers/webhook-id'],
    ['a line break in a header', { headers: { 'x-a': 'a\r\nb: c' } }, '/headers/x-a'],
    ['an unknown operator', { filter: { a: { $where: '1' } } }, '/filter/a/$where'],
    ['a wrong pattern', { eventTypes: ['a.*.b'] }, '/eventTypes/0'],
    [
      'a policy of ten thousand',
      { retryPolicy: { strategy: 'schedule', delaysSeconds: Array(10_000).fill(1) } },
      '/retryPolicy/delaysSeconds',
    ],
    [
      'a delay of nothing',
      { retryPolicy: { strategy: 'fixed', delaySeconds: 0, maxRetries: 1 } },
      '/retryPolicy/delaySeconds',
    ],
    ['a timeout too long', { timeoutSeconds: 61 }, '/timeoutSeconds'],
    ['a status of its own', { status: 'sleeping' }, '/status'],
  ])('%s', async (_what, json, pointer) => {
    const made = await create({ url: URL })
    for (const answer of [await create({ url: URL, ...json }), await patch(made.json['id'], json)]) {
      expect(answer.status).toBe(422)
      expect(answer.json['errors']).toMatchObject([{ pointer }])
    }
  })

  test('a secret that is none, without repeating it', async () => {
    const answer = await create({ url: URL, secret: 'whsec_dG9vLXNob3J0' })
    expect(answer.json['errors']).toMatchObject([{ pointer: '/secret' }])
    expect(answer.text).not.toContain('dG9vLXNob3J0')
  })
})

describe('tenants', () => {
  test('are made, renamed, listed and deleted', async () => {
    const made = await server.call('POST', '/v1/tenants', { json: { name: 'Acme', slug: 'acme' } })
    expect(made.status).toBe(201)
    expect(tenant.safeParse(made.json).error).toBeUndefined()
    const path = `/v1/tenants/${String(made.json['id'])}`
    expect((await server.call('GET', path)).json).toEqual(made.json)
    expect((await server.call('PATCH', path, { json: { name: 'Acme 2' } })).json).toMatchObject({
      name: 'Acme 2',
      slug: 'acme',
    })
    expect((await server.call('POST', '/v1/tenants', { json: { name: 'Other', slug: 'acme' } })).status).toBe(409)
    const other = await server.call('POST', '/v1/tenants', { json: { name: 'Other' } })
    expect(
      (await server.call('PATCH', `/v1/tenants/${String(other.json['id'])}`, { json: { slug: 'acme' } })).status,
    ).toBe(409)
    expect((await server.call('DELETE', path)).status).toBe(204)
    expect((await server.call('GET', path)).status).toBe(404)
  })
})
