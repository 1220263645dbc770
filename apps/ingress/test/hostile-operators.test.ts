import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { query } from '@redrive/testkit/postgres'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { OPERATOR_KEY, startIngress, type TestIngress } from './harness.ts'
import { startWorkerBeside } from './worker-beside.ts'

/** What comes in by an operator's browser: other sites that use it, people who guess, and a board that is clicked about in. */

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let cookie: string
beforeAll(async () => {
  server = await startIngress({ limits: { trustProxy: 1 } })
  ours = await server.tenant()
  const answer = await login({})
  cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
})
afterAll(() => server.close())

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const login = (headers: Record<string, string>, text = new URLSearchParams({ key: OPERATOR_KEY }).toString()) =>
  server.call('POST', '/admin/login', { key: null, text, headers: { ...FORM, origin: server.url, ...headers } })

describe('a login', () => {
  test.each<[string, Record<string, string>, string | undefined, number]>([
    ['from another site', { origin: 'https://evil.example' }, undefined, 403],
    ['from a sandboxed frame', { origin: 'null' }, undefined, 403],
    ['from a site with our name in its own', { origin: 'http://127.0.0.1.evil.example' }, undefined, 403],
    ['from our host on another port', { origin: 'http://127.0.0.1:1' }, undefined, 403],
    ['from what is no origin', { origin: 'javascript:alert(1)' }, undefined, 403],
    ['that a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }, undefined, 403],
    ['that a browser calls same-site', { 'sec-fetch-site': 'same-site' }, undefined, 403],
    ['with an empty key', { 'x-forwarded-for': '192.0.2.1' }, 'key=', 403],
    ['without a key', { 'x-forwarded-for': '192.0.2.2' }, 'kye=x', 403],
    ['with two keys', { 'x-forwarded-for': '192.0.2.3' }, `key=x&key=${OPERATOR_KEY}`, 403],
    ['with an object for a key', { 'x-forwarded-for': '192.0.2.4' }, `key[toString]=${OPERATOR_KEY}`, 403],
    ['with a prototype for a key', { 'x-forwarded-for': '192.0.2.5' }, `__proto__[key]=${OPERATOR_KEY}`, 403],
    ['with a key of a megabyte', { 'x-forwarded-for': '192.0.2.6' }, `key=${'a'.repeat(1_000_000)}`, 400],
    [
      'as JSON',
      { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.7' },
      JSON.stringify({ key: OPERATOR_KEY }),
      403,
    ],
    ['compressed', { 'content-encoding': 'gzip', 'x-forwarded-for': '192.0.2.8' }, 'key=x', 400],
  ])('%s opens nothing', async (_what, headers, text, status) => {
    const answer = await login(headers, text)
    expect([answer.status, answer.headers.has('set-cookie')]).toEqual([status, false])
    expect(answer.text).not.toContain(OPERATOR_KEY)
  })

  test('is refused after ten wrong keys from one address, the right key included, and from no other address', async () => {
    const from = { 'x-forwarded-for': '198.51.100.7' }
    for (let guess = 1; guess <= 10; guess++) expect((await login(from, `key=guess-${String(guess)}`)).status).toBe(403)
    const refused = await login(from)
    expect([refused.status, refused.headers.has('set-cookie')]).toEqual([429, false])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await login({ 'x-forwarded-for': '198.51.100.8' })).status).toBe(303)
    // one proxy is trusted: what a caller writes before its entry counts for nothing
    expect((await login({ 'x-forwarded-for': '203.0.113.1, 198.51.100.7' })).status).toBe(429)
  })
})

describe('the board by a session', () => {
  const act = (method: string, path: string, headers: Record<string, string>) =>
    server.call(method, `/admin/queues${path}`, { key: null, headers: { cookie, ...headers } })

  test.each<[string, string, string, Record<string, string>, number]>([
    ['a form of another site', 'PUT', '/api/queues/deliver/pause', { origin: 'https://evil.example' }, 403],
    ['no origin', 'PUT', '/api/queues/deliver/pause', {}, 403],
    [
      'a referrer of ours for an origin',
      'PUT',
      '/api/queues/deliver/pause',
      { referer: 'http://127.0.0.1/admin/queues' },
      403,
    ],
    ['an image of another site', 'PUT', '/api/queues/deliver/pause', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s changes nothing', async (_what, method, path, headers, status) => {
    expect((await act(method, path, headers)).status).toBe(status)
  })

  test.each([
    ['POST', '/api/queues/deliver/add'],
    ['PUT', '/api/queues/deliver/clean/completed'],
    ['PUT', '/api/queues/deliver/obliterate'],
    ['PUT', '/api/queues/deliver/empty'],
    ['PATCH', '/api/queues/deliver/any/update-data'],
    ['PUT', '/api/queues/deliver/any/clean'],
    ['PUT', '/api/queues/%2e%2e%2fdeliver/obliterate'],
  ])('%s %s is not to be had, even by the operator', async (method, path) => {
    const answer = await act(method, path, { origin: server.url, 'content-type': 'application/json' })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })

  test.each([
    ['a cookie with our name twice', () => `redrive_admin=x; ${cookie.replace(/.$/, '!')}`],
    ['a cookie of 100,000 characters', () => `a=${'b'.repeat(10_000)}; ${cookie}`],
    ['a cookie without a value', () => 'redrive_admin'],
    ['a session that never ends', () => `redrive_admin=9999999999999.${'A'.repeat(43)}`],
    ['a tenant’s key', () => `redrive_admin=${ours.key}`],
  ])('%s is no session', async (_what, value) => {
    const answer = await server.call('GET', '/admin/queues/api/queues', { key: null, headers: { cookie: value() } })
    expect(answer.status).toBe(401)
  })

  test('can’t be framed, scripted from elsewhere or kept, on any of its pages', async () => {
    const paths = ['/admin/login', '/admin/queues', '/admin/queues/api/queues', '/admin/nothing']
    for (const path of [...paths, `/admin/deliveries/${ours.id}/${ours.id}`, '/docs', '/openapi.json']) {
      const { headers } = await server.call('GET', path, { headers: { accept: 'text/html' } })
      const policy = headers.get('content-security-policy') ?? ''
      expect([path, policy]).toEqual([path, expect.stringContaining("frame-ancestors 'none'")])
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toMatch(/script-src[^;]*(unsafe|\*|https?:)/)
      expect([headers.get('x-frame-options'), headers.get('x-content-type-options')]).toEqual(['DENY', 'nosniff'])
      expect(headers.has('access-control-allow-origin')).toBe(false)
    }
  })
})

describe('whatever is clicked on the board', () => {
  let worker: ReturnType<typeof startWorkerBeside>
  let receiver: Receiver
  beforeAll(async () => {
    worker = startWorkerBeside(server)
    receiver = await startReceiver({ answer: { status: 500, body: '<script>alert(1)</script>' } })
  })
  afterAll(async () => {
    await worker.close()
    await receiver.close()
  })

  /** An endpoint whose delivery has failed once and waits in the queue for its retry. */
  async function waiting() {
    const retryPolicy = { strategy: 'fixed', delaySeconds: 45, maxRetries: 3, jitter: 0 }
    const made = await server.call('POST', '/v1/endpoints', { key: ours.key, json: { url: receiver.url, retryPolicy } })
    const endpoint = String(made.json['id'])
    const before = receiver.requests.length
    await server.call('POST', '/v1/events', { key: ours.key, json: { type: 'a', payload: 1, endpointId: endpoint } })
    await receiver.waitFor(before + 1)
    const found = async () => {
      const page = await server.call('GET', `/v1/deliveries?endpointId=${endpoint}`, { key: ours.key })
      return (page.json['data'] as { id: string; status: string }[])[0]
    }
    await eventually(async () => (await found())?.status === 'retrying', 'the retry to be planned')
    const delivery = (await found())?.id ?? ''
    const delayed = async () => {
      const page = await server.call('GET', '/admin/queues/api/queues?activeQueue=deliver&status=delayed&page=1')
      const queues = page.json['queues'] as { name: string; jobs: { id: string }[] }[]
      return queues.find(({ name }) => name === 'deliver')?.jobs.find(({ id }) => id.includes(delivery))?.id
    }
    await eventually(async () => (await delayed()) !== undefined, 'the job to wait')
    return { endpoint, delivery, job: (await delayed()) ?? '', requests: receiver.requests.length, delayed }
  }
  const promote = (job: string) =>
    server.call('PUT', `/admin/queues/api/queues/deliver/${job}/promote`, {
      key: null,
      headers: { cookie, origin: server.url },
    })
  const show = async (delivery: string) =>
    (await server.call('GET', `/v1/deliveries/${delivery}`, { key: ours.key })).json
  test('a retry that waits goes now, once, as one that a person asked for', async () => {
    const { delivery, job, requests, delayed } = await waiting()
    const answers = await Promise.all([promote(job), promote(job), promote(job)])
    expect(answers.map(({ status }) => status)).toContain(204)
    await receiver.waitFor(requests + 1)
    await eventually(async () => (await show(delivery))['attemptCount'] === 2, 'the attempt to be recorded')
    const attempts = await server.call('GET', `/v1/deliveries/${delivery}/attempts`, { key: ours.key })
    expect(attempts.json['data']).toMatchObject([{ trigger: 'manual' }, { trigger: 'automatic' }])
    expect(await show(delivery)).toMatchObject({ status: 'retrying' })
    // what it replaced is off the board
    expect(await delayed()).toBeUndefined()
    expect(receiver.requests).toHaveLength(requests + 1)
  })

  test('nothing is sent to an endpoint that has been disabled', async () => {
    const { endpoint, delivery, job, requests } = await waiting()
    await server.call('PATCH', `/v1/endpoints/${endpoint}`, { key: ours.key, json: { status: 'disabled' } })
    const refused = await promote(job)
    // in the words that the board shows to who clicked
    const why: unknown = expect.stringContaining('disabled')
    expect([refused.status, refused.json]).toEqual([409, { error: 'Conflict', message: why }])
    expect(await show(delivery)).toMatchObject({ attemptCount: 1 })
    expect(receiver.requests).toHaveLength(requests)
  })

  test('nothing is sent to an endpoint that is disabled between the click and the worker', async () => {
    const { endpoint, delivery, job, requests } = await waiting()
    const queue = (what: string) =>
      server.call('PUT', `/admin/queues/api/queues/retry/${what}`, {
        key: null,
        headers: { cookie, origin: server.url },
      })
    expect((await queue('pause')).status).toBe(200)
    expect((await promote(job)).status).toBe(204)
    await server.call('PATCH', `/v1/endpoints/${endpoint}`, { key: ours.key, json: { status: 'disabled' } })
    expect((await queue('resume')).status).toBe(200)
    await eventually(async () => (await show(delivery))['status'] === 'failed', 'the delivery to be closed')
    expect(await show(delivery)).toMatchObject({ attemptCount: 1, failure: { code: 'endpoint_disabled' } })
    expect(receiver.requests).toHaveLength(requests)
  })

  test('nothing is sent to an address that is forbidden by now', async () => {
    const { endpoint, delivery, job, requests } = await waiting()
    const forbidden = receiver.url.replace('127.0.0.1', '127.0.0.2')
    await query(server.databaseUrl, 'UPDATE endpoints SET url = $2 WHERE id = $1', [endpoint, forbidden])
    await promote(job)
    await eventually(async () => (await show(delivery))['attemptCount'] === 2, 'the second attempt')
    expect(await show(delivery)).toMatchObject({ lastAttempt: { error: { code: 'blocked_address' } } })
    expect(receiver.requests).toHaveLength(requests)
  })

  test('a delivery’s page shows what receivers said as text, to the operator only', async () => {
    const { delivery, job } = await waiting()
    const link = `/admin/deliveries/${ours.id}/${delivery}`
    const shown = await server.call('GET', `/admin/queues/api/queues/deliver/${job}`)
    expect(shown.json['job']).toMatchObject({ externalUrl: { href: link } })
    const page = await server.call('GET', link, { key: null, headers: { cookie } })
    expect(page.text).toContain('&lt;script&gt;')
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).not.toMatch(/script|unsafe/)
    expect((await server.call('GET', link, { key: null })).status).toBe(401)
    expect((await server.call('GET', link, { key: ours.key })).status).toBe(403)
    const { id: other } = await server.tenant('Others')
    for (const path of [`${ours.id}/${ours.id}`, `${other}/${delivery}`, `${ours.id}/x`, `%00/${delivery}`]) {
      expect((await server.call('GET', `/admin/deliveries/${path}`)).status).toBe(404)
    }
  })

  test('what it shows are ids, and what receivers said is not among it', async () => {
    const { job } = await waiting()
    const page = await server.call('GET', `/admin/queues/api/queues/deliver/${job}`)
    expect(page.status).toBe(200)
    expect(page.text).not.toMatch(/script|127\.0\.0\.1/)
    const { data } = page.json['job'] as { data: object }
    expect(Object.keys(data).sort()).toEqual(['deliveryId', 'endpointId', 'eventType', 'round', 'tenantId', 'v'])
  })

  test('what receivers said is data where the API shows it', async () => {
    const { delivery } = await waiting()
    const answer = await server.call('GET', `/v1/deliveries/${delivery}/attempts`, {
      key: ours.key,
      headers: { accept: 'text/html' },
    })
    expect(answer.text).toContain('<script>')
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})
