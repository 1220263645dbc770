import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { generateSecret } from '@redrive/core'
import { type Answer, startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let theirs: Awaited<ReturnType<TestIngress['tenant']>>
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
  theirs = await server.tenant('Theirs')
})
afterAll(() => server.close())

const URL = 'https://receiver.example/hook'
const NOBODY = '0192f0c1-2345-7abc-8def-0123456789ab'

async function endpoint(more: object = {}): Promise<string> {
  const answer = await server.call('POST', '/v1/endpoints', { key: ours.key, json: { url: URL, ...more } })
  return String(answer.json['id'])
}
const post = (id: string, action: string, json?: object, key = ours.key): Promise<Answer> =>
  server.call('POST', `/v1/endpoints/${id}/${action}`, { key, ...(json && { json }) })
const get = (id: string, more = '', key = ours.key): Promise<Answer> =>
  server.call('GET', `/v1/endpoints/${id}${more}`, { key })

describe('status', () => {
  test('pause and resume, disable and enable, each twice the same as once', async () => {
    const id = await endpoint()
    for (const [action, status] of [
      ['pause', 'paused'],
      ['resume', 'active'],
      ['disable', 'disabled'],
      ['enable', 'active'],
    ] as const) {
      for (let times = 0; times < 2; times++) {
        const answer = await post(id, action)
        expect([answer.status, answer.json['status']]).toEqual([200, status])
      }
    }
  })

  test('a reason is shown until it is enabled, and may be given later', async () => {
    const id = await endpoint()
    const disabled = await post(id, 'disable', { reason: 'moved house' })
    expect(disabled.json).toMatchObject({ disabledReason: 'moved house', disabledAt: expect.any(String) })
    expect((await post(id, 'disable')).json['disabledReason']).toBe('moved house')
    const again = await post(id, 'disable', { reason: 'moved again' })
    expect(again.json).toMatchObject({ disabledReason: 'moved again', disabledAt: disabled.json['disabledAt'] })
    expect((await post(id, 'enable')).json).toMatchObject({ disabledReason: null, disabledAt: null })
  })

  test('what is disabled must be enabled and what is paused resumed: 409 in plain words', async () => {
    const id = await endpoint({ status: 'disabled' })
    for (const action of ['pause', 'resume', 'test']) {
      expect((await post(id, action)).json).toMatchObject({
        status: 409,
        detail: 'The endpoint is disabled; enable it first',
      })
    }
    const paused = await endpoint({ status: 'paused' })
    for (const action of ['enable', 'test']) {
      expect((await post(paused, action)).json).toMatchObject({
        status: 409,
        detail: 'The endpoint is paused; resume it first',
      })
    }
  })

  test('nobody else’s, and nothing unknown', async () => {
    const id = await endpoint()
    for (const action of ['pause', 'resume', 'enable', 'disable', 'secret/rotate', 'test']) {
      expect((await post(id, action, undefined, theirs.key)).status).toBe(404)
      expect((await post(NOBODY, action)).status).toBe(404)
    }
    expect((await get(id, '/stats', theirs.key)).status).toBe(404)
    expect((await post(id, 'disable', { reason: 'x', more: 1 })).status).toBe(422)
    expect((await post(id, 'disable', { reason: 'x'.repeat(501) })).status).toBe(422)
    const reader = await ours.keyFor('endpoints:read')
    expect((await post(id, 'pause', undefined, reader)).status).toBe(403)
    expect((await get(id)).json['status']).toBe('active')
  })

  test('of many at once, each finds a state that it can go on from', async () => {
    const id = await endpoint()
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => post(id, ['pause', 'resume', 'disable'][n % 3] ?? '')),
    )
    for (const { status } of answers) expect([200, 409]).toContain(status)
    expect((await get(id)).json['status']).toBe('disabled')
  })
})

describe('secret rotation', () => {
  test('answers the new secret and when the old one ends', async () => {
    const id = await endpoint()
    const before = Date.now()
    const { status, json } = await post(id, 'secret/rotate')
    expect(status).toBe(200)
    expect(json['secret']).toMatch(/^whsec_/)
    const ends = Date.parse(String(json['previousExpiresAt']))
    expect(ends).toBeGreaterThan(before + 86_390_000)
    expect(ends).toBeLessThan(Date.now() + 86_410_000)
    expect((await get(id, '/secret')).json).toEqual({ secret: json['secret'] })
  })

  test('a secret of one’s own; never one that signs already, nor a bad one', async () => {
    const id = await endpoint()
    const secret = generateSecret()
    expect((await post(id, 'secret/rotate', { secret, graceSeconds: 60 })).json['secret']).toBe(secret)
    expect((await post(id, 'secret/rotate', { secret })).status).toBe(422)
    for (const bad of [
      { secret: 'whsec_short' },
      { graceSeconds: -1 },
      { graceSeconds: 604_801 },
      { graceSeconds: 1.5 },
      { grace: 5 },
    ]) {
      expect((await post(id, 'secret/rotate', bad)).status).toBe(422)
    }
    expect((await get(id, '/secret')).json).toEqual({ secret })
  })

  test('five sign at most; one without grace makes room for its successor', async () => {
    const id = await endpoint()
    for (let n = 0; n < 4; n++) expect((await post(id, 'secret/rotate')).status).toBe(200)
    const refused = await post(id, 'secret/rotate')
    expect([refused.status, refused.json['detail']]).toEqual([409, expect.stringContaining('five secrets')])
    expect((await post(id, 'secret/rotate', { graceSeconds: 0 })).status).toBe(200)
    expect((await post(id, 'secret/rotate')).status).toBe(409)
  })

  test('of many rotations at once no more than five secrets live', async () => {
    const id = await endpoint()
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(id, 'secret/rotate')))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(4)
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(6)
  })
})

describe('stats', () => {
  test('of nothing are empty', async () => {
    const { status, json } = await get(await endpoint(), '/stats')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      deliveries: {},
      attempts: 0,
      successRate: null,
      latencyMs: { p50: null, p95: null, p99: null },
    })
    expect(Date.parse(String(json['until'])) - Date.parse(String(json['since']))).toBe(86_400_000)
  })

  test('a period has to make sense', async () => {
    const id = await endpoint()
    for (const query of [
      '?since=2026-02-01&until=2026-01-01',
      '?since=+275760-09-13T00:00:00Z',
      '?since=yesterday',
      '?limit=5',
    ]) {
      expect((await get(id, `/stats${query}`)).status).toBe(422)
    }
    expect((await get(id, '/stats?since=2026-01-01&until=2026-01-31')).json).toMatchObject({
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-01-31T00:00:00.000Z',
    })
    expect((await get(id, '/stats?since=9999-01-01')).status).toBe(200)
  })
})

describe('headers', () => {
  const shown = { value: null, sensitive: true }
  const patch = (id: string, headers: object): Promise<Answer> =>
    server.call('PATCH', `/v1/endpoints/${id}`, { key: ours.key, json: { headers } })

  test('what was read can be written back, and a sensitive value is kept', async () => {
    const id = await endpoint({ headers: { authorization: { value: 'Bearer b', sensitive: true }, 'x-team': 'a' } })
    const { headers } = (await get(id)).json
    const answer = await patch(id, { ...(headers as object), 'x-more': 'c' })
    expect([answer.status, answer.json['headers']]).toEqual([
      200,
      { authorization: shown, 'x-team': 'a', 'x-more': 'c' },
    ])
  })

  test('there must be a value to keep', async () => {
    const id = await endpoint({ headers: { 'x-team': 'a' } })
    for (const name of ['x-team', 'authorization']) {
      const answer = await patch(id, { [name]: shown })
      expect(answer.status).toBe(422)
      expect(answer.json['errors']).toEqual([{ pointer: `/headers/${name}`, detail: expect.any(String) }])
    }
    const made = await server.call('POST', '/v1/endpoints', {
      key: ours.key,
      json: { url: URL, headers: { authorization: shown } },
    })
    expect(made.status).toBe(422)
    expect((await patch(id, { authorization: { value: null, sensitive: false } })).status).toBe(422)
    expect((await get(id)).json['headers']).toEqual({ 'x-team': 'a' })
  })
})
