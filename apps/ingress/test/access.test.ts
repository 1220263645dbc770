import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { SCOPES } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { fillPath, startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let theirs: typeof ours
let ids: Record<string, string>
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
  theirs = await server.tenant('Theirs')
  const endpoint = await server.call('POST', '/v1/endpoints', {
    key: ours.key,
    json: { url: 'https://receiver.example/hook' },
  })
  const event = await server.call('POST', '/v1/events', { key: ours.key, json: { type: 'a', payload: 1 } })
  ids = { endpoints: String(endpoint.json['id']), events: String(event.json['id']), tenants: ours.id }
})
afterAll(() => server.close())

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057'
/** `/v1/endpoints/{id}` → the id of an endpoint that exists, and is ours. */
const existing = (path: string): string =>
  fillPath(path, { id: ids[path.split('/')[2] ?? ''] ?? UNKNOWN, keyId: UNKNOWN })
const needsBody = (method: string): { json: object } | object =>
  method === 'post' || method === 'patch' ? { json: {} } : {}

test('every route refuses who has no key, a wrong one, or one without its scope', async () => {
  expect(server.ingress.routes.length).toBeGreaterThan(20)
  for (const { method, path, access } of server.ingress.routes) {
    const call = (key: string | null) =>
      server.call(method.toUpperCase(), existing(path), { key, ...needsBody(method) })
    const none = await call(null)
    expect([method, path, none.status]).toEqual([method, path, 401])
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="redrive"')
    for (const wrong of ['nonsense', `${ours.key.slice(0, -4)}AAAA`, `rdk_${'0'.repeat(32)}_${'A'.repeat(43)}`]) {
      expect([method, path, (await call(wrong)).status]).toEqual([method, path, 401])
    }
    const others = SCOPES.filter((scope) => scope !== 'operator' && scope !== access)
    const refused = await call(await ours.keyFor(...others))
    expect([method, path, refused.status]).toEqual([method, path, 403])
    expect(refused.json).toMatchObject({ status: 403, title: 'Forbidden' })
  }
})

test('a key says when it was last used, to about a minute', async () => {
  const { id, key } = await server.tenant('Used')
  const path = `/v1/tenants/${id}/api-keys`
  const keys = async () => (await server.call('GET', path)).json['data'] as { lastUsedAt: string | null }[]
  expect(await keys()).toMatchObject([{ lastUsedAt: null }])
  // an id is public: whoever has not the secret has not used the key
  await server.call('GET', '/v1/events', { key: `${key.slice(0, -4)}AAAA` })
  const before = Date.now()
  await server.call('GET', '/v1/events', { key })
  await eventually(async () => (await keys())[0]?.lastUsedAt !== null, 'the use to be noted')
  const used = Date.parse(String((await keys())[0]?.lastUsedAt))
  expect(Math.abs(used - before)).toBeLessThan(10_000)
})

/** Of routes that take none without certain fields. */
const BODIES: Record<string, object> = {
  '/v1/tenants/{id}/api-keys': { name: 'n', scopes: ['events:read'] },
  '/v1/endpoints/{id}/recover': { since: '2026-01-01' },
}

test('every route with an id answers 404 for what is another tenant’s, unknown or malformed', async () => {
  for (const { method, path, access } of server.ingress.routes) {
    if (!path.includes('{')) continue
    const asked = access === 'operator' ? {} : { key: theirs.key }
    const paths = access === 'operator' ? [] : [existing(path)]
    paths.push(fillPath(path, { id: UNKNOWN, keyId: UNKNOWN }), fillPath(path, { id: 'x', keyId: '7' }))
    paths.push(fillPath(path, { id: '%00', keyId: UNKNOWN }), fillPath(path, { id: '%ff', keyId: UNKNOWN }))
    for (const wanted of paths) {
      const json = method === 'post' ? BODIES[path] : undefined
      const body = json === undefined ? needsBody(method) : { json }
      const answer = await server.call(method.toUpperCase(), wanted, { ...asked, ...body })
      expect([method, wanted, answer.status]).toEqual([method, wanted, 404])
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }
  }
})

test('every list shows nothing of another tenant', async () => {
  const lists = server.ingress.routes.filter(
    ({ method, path, access }) => method === 'get' && !path.includes('{') && access !== 'operator',
  )
  expect(lists.length).toBe(4)
  for (const { path } of lists) {
    const answer = await server.call('GET', path, { key: theirs.key })
    expect([path, answer.status, answer.json['data']]).toEqual([path, 200, []])
  }
})

test('every route refuses fields and query parameters that it does not know', async () => {
  for (const { method, path, body } of server.ingress.routes) {
    const query = await server.call(method.toUpperCase(), `${existing(path)}?surprise=1`, {
      tenant: ours.id,
      ...needsBody(method),
    })
    expect([method, path, query.status]).toEqual([method, path, 422])
    expect(query.json['errors']).toContainEqual({ pointer: '/surprise', detail: expect.any(String) })
    if (body === null) continue
    const answer = await server.call(method.toUpperCase(), existing(path), { tenant: ours.id, json: { surprise: 1 } })
    expect([method, path, answer.status]).toEqual([method, path, 422])
    expect(answer.json['errors']).toContainEqual({ pointer: '/surprise', detail: expect.any(String) })
  }
})

test('every path answers 405 to other methods, and says which there are', async () => {
  for (const path of new Set(server.ingress.routes.map((route) => route.path))) {
    const answer = await server.call('PUT', existing(path), { tenant: ours.id, json: {} })
    expect([path, answer.status]).toEqual([path, 405])
    const methods = server.ingress.routes
      .filter((route) => route.path === path)
      .map(({ method }) => method.toUpperCase())
    expect(answer.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(methods))
    const options = await server.call('OPTIONS', existing(path))
    expect([options.status, options.headers.get('allow')]).toEqual([204, answer.headers.get('allow')])
  }
})

describe('the operator', () => {
  test('names the tenant', async () => {
    expect((await server.call('GET', '/v1/endpoints')).status).toBe(400)
    expect((await server.call('GET', '/v1/endpoints', { tenant: UNKNOWN })).status).toBe(404)
    expect((await server.call('GET', '/v1/endpoints', { tenant: 'x' })).status).toBe(404)
    const answer = await server.call('GET', '/v1/endpoints', { tenant: ours.id.toUpperCase() })
    expect(answer.json['data']).toMatchObject([{ id: ids['endpoints'] }])
  })

  test('may be a tenant’s key with that scope', async () => {
    const key = await ours.keyFor('operator')
    expect((await server.call('GET', '/v1/tenants', { key })).status).toBe(200)
    expect((await server.call('GET', '/v1/endpoints', { key })).json['data']).toHaveLength(1)
    expect((await server.call('GET', '/v1/endpoints', { key, tenant: theirs.id })).json['data']).toHaveLength(0)
  })

  test('alone may name another tenant', async () => {
    expect((await server.call('GET', '/v1/endpoints', { key: ours.key, tenant: ours.id })).status).toBe(200)
    expect((await server.call('GET', '/v1/endpoints', { key: ours.key, tenant: theirs.id })).status).toBe(403)
    expect((await server.call('GET', '/v1/endpoints', { key: ours.key, tenant: UNKNOWN })).status).toBe(403)
  })
})

test('a revoked key, an expired key and the keys of a deleted tenant stop working', async () => {
  const made = await server.tenant('Short-lived')
  const soon = new Date(Date.now() + 1000).toISOString()
  const expiring = await server.call('POST', `/v1/tenants/${made.id}/api-keys`, {
    json: { name: 'soon', scopes: ['events:read'], expiresAt: soon },
  })
  const revoked = await server.call('POST', `/v1/tenants/${made.id}/api-keys`, {
    json: { name: 'r', scopes: ['events:read'] },
  })
  const status = async (key: unknown) => (await server.call('GET', '/v1/events', { key: String(key) })).status
  expect(await status(revoked.json['key'])).toBe(200)
  expect((await server.call('DELETE', `/v1/tenants/${made.id}/api-keys/${String(revoked.json['id'])}`)).status).toBe(
    204,
  )
  await eventually(async () => (await status(revoked.json['key'])) === 401, 'the revocation to be seen', 6_000)
  await eventually(async () => (await status(expiring.json['key'])) === 401, 'the key to expire', 6_000)
  expect(await status(made.key)).toBe(200)
  expect((await server.call('DELETE', `/v1/tenants/${made.id}`)).status).toBe(204)
  await eventually(async () => (await status(made.key)) === 401, 'the deletion to be seen', 6_000)
})

test('a key is shown once, and its list shows no secret', async () => {
  const answer = await server.call('GET', `/v1/tenants/${ours.id}/api-keys?limit=5`)
  expect(answer.status).toBe(200)
  expect(answer.text).not.toContain('rdk_')
  expect(answer.text).not.toMatch(/hash|"key"/)
})
