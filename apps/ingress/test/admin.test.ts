import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { OPERATOR_KEY, startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let tenantKey: string
beforeAll(async () => {
  server = await startIngress()
  tenantKey = (await server.tenant()).key
})
afterAll(() => server.close())

const HTML = { accept: 'text/html,*/*;q=0.8' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const login = (key: string, origin: string | null = server.url, more: Record<string, string> = {}) =>
  server.call('POST', '/admin/login', {
    key: null,
    text: new URLSearchParams({ key, ...more }).toString(),
    headers: { ...FORM, ...(origin === null ? {} : { origin }) },
  })
const board = (headers: Record<string, string>, path = '') =>
  server.call('GET', `/admin/queues${path}`, { key: null, headers })

async function session(): Promise<string> {
  const answer = await login(OPERATOR_KEY)
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

test('the operator’s key opens the board, as bearer', async () => {
  const page = await server.call('GET', '/admin/queues', { headers: HTML })
  expect(page.status).toBe(200)
  expect(page.text).toContain('Redrive queues')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("script-src 'self'")
  const queues = await server.call('GET', '/admin/queues/api/queues')
  expect(queues.status).toBe(200)
  const names = (queues.json['queues'] as { name: string }[]).map(({ name }) => name)
  expect(names.sort()).toEqual(['deliver', 'deliver-slow', 'publish', 'publish-slow', 'retry'])
})

test('nobody else gets in', async () => {
  for (const path of ['', '/api/queues', '/static/js/main.js']) {
    expect((await board({}, path)).status).toBe(401)
    expect((await server.call('GET', `/admin/queues${path}`, { key: 'wrong' })).status).toBe(401)
    expect((await server.call('GET', `/admin/queues${path}`, { key: tenantKey })).status).toBe(403)
  }
})

test('the login page leads back to what was asked for', async () => {
  for (const path of ['/docs', '/admin/queues/queue/deliver']) {
    const page = await server.call('GET', path, { key: null, headers: HTML })
    expect(page.text).toContain(`name="page" value="${path}"`)
  }
})

test('a browser is shown the login page', async () => {
  const page = await board(HTML)
  expect(page.text).toContain('<input id="key" name="key" type="password"')
  expect(page.text).not.toContain('Redrive queues')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  // with `no-referrer` the form would come with `origin: null`, and be refused
  expect(page.headers.get('referrer-policy')).toBe('same-origin')
})

describe('the session', () => {
  test('begins with the key and opens the board', async () => {
    const answer = await login(OPERATOR_KEY)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/queues'])
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(
      /^redrive_admin=[0-9]{13}\.[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    )
    expect((await board({ ...HTML, cookie: await session() })).text).toContain('Redrive queues')
  })

  test('opens the docs and what they are made of too', async () => {
    const headers = { ...HTML, cookie: await session() }
    for (const [path, content] of Object.entries({
      '/docs': 'swagger-ui.css',
      '/docs/start.js': 'SwaggerUIBundle',
      '/openapi.json': '"openapi":"3.1.0"',
    })) {
      expect((await server.call('GET', path, { key: null, headers })).text).toContain(content)
      // each of them is closed to who has not logged in: a browser gets the form, a program 401
      const form = await server.call('GET', path, { key: null, headers: HTML })
      expect(form.text).toContain('name="key"')
      expect(form.text).not.toContain(content)
      expect((await server.call('GET', path, { key: null })).status).toBe(401)
    }
  })

  test.each([
    ['/docs', '/docs'],
    ['/admin/queues/queue/deliver', '/admin/queues/queue/deliver'],
    ['/admin/deliveries/0198/0199', '/admin/deliveries/0198/0199'],
    ['https://evil.example/docs', '/admin/queues'],
    ['//evil.example/docs', '/admin/queues'],
    ['/\\evil.example', '/admin/queues'],
    ['/docs/../../evil', '/admin/queues'],
    ['/docs\r\nset-cookie: a=b', '/admin/queues'],
    ['/admin/"><script>', '/admin/queues'],
    ['javascript:alert(1)', '/admin/queues'],
  ])('asked for from %j leads to %s', async (page, location) => {
    const answer = await login(OPERATOR_KEY, server.url, { page })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, location])
  })

  test('does not begin with another key, or from another site', async () => {
    const wrong = await login('nonsense', server.url, { page: '/docs' })
    expect([wrong.status, wrong.headers.has('set-cookie')]).toEqual([403, false])
    expect(wrong.text).toContain('name="page" value="/docs"')
    const odd = await login('nonsense', server.url, { page: '/docs"><script>' })
    expect(odd.text).not.toContain('<script>')
    for (const origin of ['https://evil.example', 'null', null]) {
      const answer = await login(OPERATOR_KEY, origin)
      expect([answer.status, answer.headers.has('set-cookie')]).toEqual([403, false])
    }
  })

  test('can’t be forged, prolonged or kept beyond its time', async () => {
    const [name = '', value = ''] = (await session()).split('=')
    const [expiry = '', mac = ''] = value.split('.')
    const forged = [
      `${String(Number(expiry) + 1)}.${mac}`,
      `${expiry}.${'A'.repeat(43)}`,
      `1000000000000.${mac}`,
      '',
      'x',
    ]
    for (const token of forged) expect((await board({ cookie: `${name}=${token}` })).status).toBe(401)
  })

  test('acts only for our own pages', async () => {
    const cookie = await session()
    const pause = (headers: Record<string, string>) =>
      server.call('PUT', '/admin/queues/api/queues/publish/pause', { key: null, headers: { cookie, ...headers } })
    expect((await pause({})).status).toBe(403)
    expect((await pause({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await pause({ origin: server.url })).status).toBe(200)
  })

  test('ends with a logout', async () => {
    const answer = await server.call('POST', '/admin/logout', {
      key: null,
      headers: { origin: server.url, cookie: await session() },
    })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('set-cookie')).toContain('redrive_admin=; Path=/;')
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0')
  })
})

test('neither key nor session is logged', async () => {
  const cookie = await session()
  const everything = JSON.stringify(server.lines)
  expect(everything).not.toContain(OPERATOR_KEY)
  expect(everything).not.toContain(cookie.split('=')[1])
})
