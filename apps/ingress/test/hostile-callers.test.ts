import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Answer, type Call, startIngress, type TestIngress } from './harness.ts'

/** What hostile callers send to the API, and the answer that each gets: never a 500, never a word of their secrets. */

const FORGED = '01890a5d-ac96-774b-bcce-b302099a8057'
const base64url = (text: string) => Buffer.from(text).toString('base64url')

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let theirs: typeof ours
let foreign: { endpoint: string; event: string; cursor: string }

beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
  theirs = await server.tenant('Theirs')
  const made = [1, 2].map(() =>
    server.call('POST', '/v1/endpoints', { key: theirs.key, json: { url: 'https://receiver.example/' } }),
  )
  const [endpoint] = await Promise.all(made)
  const event = await server.call('POST', '/v1/events', { key: theirs.key, json: { type: 'a', payload: 1 } })
  const page = await server.call('GET', '/v1/endpoints?limit=1', { key: theirs.key })
  foreign = {
    endpoint: String(endpoint?.json['id']),
    event: String(event.json['id']),
    cursor: String(page.json['nextCursor']),
  }
})
afterAll(async () => {
  // whatever came in, it was nobody's bug
  expect(server.errors()).toEqual([])
  expect((await server.call('GET', '/livez')).status).toBe(200)
  await server.close()
})

function isProblem(answer: Answer): void {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.json).toMatchObject({ status: answer.status, requestId: answer.headers.get('x-request-id') })
}

describe('credentials', () => {
  const anyone = 'rdk_01890a5dac96774bbcceb302099a8057_'
  test.each<[string, () => string]>([
    ['nothing after the scheme', () => 'Bearer'],
    ['blanks for a key', () => 'Bearer      '],
    ['another scheme', () => `Basic ${base64url(`operator:${ours.key}`)}`],
    ['a key without a scheme', () => ours.key],
    ['two keys', () => `Bearer ${ours.key} ${theirs.key}`],
    ['a list of schemes', () => `Bearer ${ours.key}, Basic x`],
    ['a key with a character more', () => `Bearer ${ours.key}A`],
    ['a key with a character less', () => `Bearer ${ours.key.slice(0, -1)}`],
    ['a key in capitals', () => `Bearer ${ours.key.toUpperCase()}`],
    ['an id that exists with a secret that does not', () => `Bearer ${ours.key.slice(0, 37)}${'A'.repeat(43)}`],
    ['one’s id with another’s secret', () => `Bearer ${ours.key.slice(0, 37)}${theirs.key.slice(37)}`],
    ['an id that nobody has', () => `Bearer ${anyone}${'A'.repeat(43)}`],
    ['an id with a condition of SQL in it', () => `Bearer rdk_' OR 1=1 --_${'A'.repeat(43)}`],
    ['the stored hash of a key', () => `Bearer ${anyone}${'0'.repeat(64)}`],
    ['a key of eight thousand characters', () => `Bearer ${'a'.repeat(8000)}`],
    ['a JWT without a signature', () => `Bearer ${base64url('{"alg":"none"}')}.${base64url('{"scope":"operator"}')}.`],
    [
      'a JWT signed with nothing',
      () => `Bearer ${base64url('{"alg":"HS256"}')}.${base64url('{"scope":"operator"}')}.AAAA`,
    ],
    ['characters above ASCII', () => 'Bearer \u00e9\u00e8\u00ea'],
  ])('%s', async (_what, authorization) => {
    const answer = await server.call('GET', '/v1/endpoints', { key: null, headers: { authorization: authorization() } })
    expect(answer.status).toBe(401)
    isProblem(answer)
    expect(answer.text).not.toContain(ours.key.slice(37))
  })
})

test('every route of a foreign contract asks who is calling before anything else', async () => {
  const nothing = await ours.keyFor('secrets:read')
  expect(server.ingress.foreignRoutes.length).toBeGreaterThan(0)
  for (const { method, path } of server.ingress.foreignRoutes) {
    for (const wanted of [path.replaceAll(/\{\w+\}/g, FORGED), path.replaceAll(/\{\w+\}/g, '%00')]) {
      for (const text of method === 'get' || method === 'delete' ? [undefined] : ['{}', 'no JSON']) {
        const body = text === undefined ? {} : { text }
        const status = async (key: string | null) =>
          (await server.call(method.toUpperCase(), wanted, { key, ...body })).status
        for (const key of [null, 'wrong'])
          expect([method, wanted, text, await status(key)]).toEqual([method, wanted, text, 401])
        expect([method, wanted, text, [401, 403].includes(await status(nothing))]).toEqual([method, wanted, text, true])
      }
    }
  }
})

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const event = (payload: string, more = '') => `{"type":"a","payload":${payload}${more}}`
const utf16 = Buffer.from(event('1'), 'utf16le')

describe('bodies of events', () => {
  test.each<[string, Omit<Call, 'json'> & { text: string | Buffer }, number]>([
    ['nothing', { text: '' }, 400],
    ['blanks', { text: '  \n ' }, 400],
    ['half a document', { text: '{"type":"a","payl' }, 400],
    ['two documents', { text: event('1') + event('2') }, 400],
    ['a comment', { text: event('1 /* one */') }, 400],
    ['a trailing comma', { text: '{"type":"a","payload":1,}' }, 400],
    ['single quotes', { text: "{'type':'a','payload':1}" }, 400],
    ['NaN', { text: event('NaN') }, 400],
    ['Infinity', { text: event('-Infinity') }, 400],
    ['a number in hexadecimal', { text: event('0x10') }, 400],
    ['a bare word', { text: event('undefined') }, 400],
    ['a raw line break in a string', { text: event('"a\nb"') }, 400],
    ['UTF-16', { text: utf16 }, 400],
    ['UTF-16 that says so', { text: utf16, headers: { 'content-type': 'application/json; charset=utf-16' } }, 415],
    ['Latin-1', { text: Buffer.from(event('"caf\u00e9"'), 'latin1') }, 400],
    [
      'an overlong slash',
      { text: Buffer.concat([Buffer.from('{"type":"a","payload":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]) },
      400,
    ],
    [
      'a surrogate in UTF-8',
      {
        text: Buffer.concat([
          Buffer.from('{"type":"a","payload":"'),
          Buffer.from([0xed, 0xa0, 0x80]),
          Buffer.from('"}'),
        ]),
      },
      400,
    ],
    ['arrays 129 deep', { text: event(deep(129)) }, 400],
    ['arrays 30,000 deep', { text: event(deep(30_000)) }, 400],
    ['arrays that never close', { text: event('['.repeat(60_000)) }, 400],
    ['a type twice', { text: '{"type":"a","payload":1,"type":"b"}' }, 400],
    ['a payload twice', { text: '{"type":"a","payload":1,"payload":2}' }, 400],
    ['a payload twice, once in escapes', { text: '{"type":"a","payload":1,"p\\u0061yload":2}' }, 400],
    ['a prototype', { text: event('1', ',"__proto__":{"endpointId":null}') }, 422],
    ['a constructor', { text: event('1', ',"constructor":{"prototype":{}}') }, 422],
    ['a prototype in metadata', { text: event('1', ',"metadata":{"__proto__":"x"}') }, 422],
    ['a number for a type', { text: '{"type":1,"payload":1}' }, 422],
    ['an array for an event', { text: `[${event('1')}]` }, 422],
    ['a string for an event', { text: '"event"' }, 422],
    ['null for an event', { text: 'null' }, 422],
    ['a type with a NUL', { text: '{"type":"a\\u0000","payload":1}' }, 422],
    ['a type of the system’s own', { text: '{"type":"redrive.endpoint.disabled","payload":1}' }, 422],
    ['a type with a path in it', { text: '{"type":"../../etc/passwd","payload":1}' }, 422],
    ['a NUL in a channel', { text: event('1', ',"channel":"a\\u0000b"') }, 422],
    ['half a surrogate in metadata', { text: event('1', ',"metadata":{"a":"\\ud800"}') }, 422],
    ['an idempotency key with a line break', { text: event('1', ',"idempotencyKey":"a\\r\\nb"') }, 422],
    ['a time beyond all times', { text: event('1', ',"deliverAt":"+275760-09-13T00:00:00.001Z"') }, 422],
    ['a number for a time', { text: event('1', ',"deliverAt":1e400') }, 422],
    ['an endpoint id that is SQL', { text: event('1', `,"endpointId":"' OR ''='"`) }, 422],
    ['a payload over the limit', { text: event(`"${'a'.repeat(64 * 1024)}"`) }, 413],
    ['a body over the limit', { text: event(`"${'a'.repeat(3 * 1024 * 1024)}"`) }, 413],
    ['gzip', { text: Buffer.from([0x1f, 0x8b]), headers: { 'content-encoding': 'gzip' } }, 415],
    ['gzip in gzip', { text: Buffer.from([0x1f, 0x8b]), headers: { 'content-encoding': 'gzip, gzip' } }, 415],
    ['a form', { text: 'type=a&payload=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['plain text', { text: event('1'), headers: { 'content-type': 'text/plain' } }, 415],
    ['a type that only begins like JSON', { text: event('1'), headers: { 'content-type': 'application/jsonp' } }, 415],
    ['multipart', { text: event('1'), headers: { 'content-type': 'multipart/form-data; boundary=json' } }, 415],
  ])('%s', async (_what, call, status) => {
    const answer = await server.call('POST', '/v1/events', { key: ours.key, ...call })
    expect(answer.status).toBe(status)
    isProblem(answer)
  })

  test.each([
    ['a prototype inside the payload', '{"__proto__":{"a":1},"constructor":{"prototype":1}}'],
    ['a member twice inside the payload', '{"a":1,"a":2}'],
    ['numbers that no double holds', '[123456789012345678901234567890,1e400,-0,0.1000000000000000055]'],
    ['128 levels', deep(127)],
    ['escapes of every sort', '"\\u0000\\ud800\\/\\u00e9 <script>"'],
  ])('what is only data is taken, and kept as it came: %s', async (_what, payload) => {
    const published = await server.call('POST', '/v1/events', { key: ours.key, text: event(payload) })
    expect(published.status).toBe(202)
    const shown = await server.call('GET', `/v1/events/${String(published.json['id'])}`, { key: ours.key })
    expect(shown.text).toContain(`"payload":${payload}`)
  })
})

describe('endpoints', () => {
  test.each<[string, object, string]>([
    ['a URL without a host', { url: 'http:///' }, '/url'],
    ['a decimal address', { url: 'http://167772161/' }, '/url'],
    ['an octal address', { url: 'http://012.0.0.01/' }, '/url'],
    ['a link-local address', { url: 'http://169.254.169.254/latest/meta-data/' }, '/url'],
    ['a metadata name’s address in IPv6', { url: 'http://[fd00:ec2::254]/' }, '/url'],
    ['the unspecified address', { url: 'http://0/' }, '/url'],
    ['an IPv4-mapped address', { url: 'http://[::ffff:a9fe:a9fe]/' }, '/url'],
    ['a NAT64 address', { url: 'http://[64:ff9b::a9fe:a9fe]/' }, '/url'],
    ['a port of mail', { url: 'http://receiver.example:25/' }, '/url'],
    ['port 0', { url: 'http://receiver.example:0/' }, '/url'],
    ['a socket file', { url: 'http://unix:/var/run/docker.sock:/' }, '/url'],
    ['a file', { url: 'file:///etc/passwd' }, '/url'],
    ['a script', { url: 'javascript:alert(1)' }, '/url'],
    ['a gopher', { url: 'gopher://receiver.example/' }, '/url'],
    ['credentials', { url: 'https://user@receiver.example/' }, '/url'],
    ['a backslash', { url: 'https:\\\\receiver.example' }, '/url'],
    ['a line break', { url: 'https://receiver.example/\r\nhost: evil' }, '/url'],
    ['a fragment', { url: 'https://receiver.example/#x' }, '/url'],
    ['a name with a dot at its end', { url: 'https://receiver.example./' }, '/url'],
    ['a URL of 3,000 characters', { url: `https://receiver.example/${'a'.repeat(3000)}` }, '/url'],
    ['a callback to this machine', { callbackUrl: 'http://[::1]:3000/' }, '/callbackUrl'],
    ['the host header', { headers: { Host: 'evil.example' } }, '/headers/Host'],
    ['a length that lies', { headers: { 'content-length': '5' } }, '/headers/content-length'],
    ['chunks', { headers: { 'Transfer-Encoding': 'chunked' } }, '/headers/Transfer-Encoding'],
    ['an upgrade', { headers: { upgrade: 'h2c' } }, '/headers/upgrade'],
    ['credentials for a proxy', { headers: { 'proxy-authorization': 'Basic eDp5' } }, '/headers/proxy-authorization'],
    ['our own signature', { headers: { 'Webhook-Signature': 'v1,x' } }, '/headers/Webhook-Signature'],
    ['our own prefix', { headers: { 'redrive-attempt': '1' } }, '/headers/redrive-attempt'],
    ['a line break in a value', { headers: { 'x-a': { value: 'a\r\nx-b: c', sensitive: true } } }, '/headers/x-a'],
    ['a line break in a name', { headers: { 'x-a\r\nx-b': 'c' } }, '/headers/x-a\r\nx-b'],
    ['a NUL in a value', { headers: { 'x-a': 'a\0b' } }, '/headers/x-a'],
    ['an accent in a value', { headers: { 'x-a': 'é' } }, '/headers/x-a'],
    ['a name twice', { headers: { 'X-A': '1', 'x-a': '2' } }, '/headers/x-a'],
    ['a number for a value', { headers: { 'x-a': 1 } }, '/headers/x-a'],
    [
      '51 headers',
      { headers: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`x-${String(n)}`, ''])) },
      '/headers',
    ],
    ['a signature in the host header', { signature: { scheme: 'hmac', header: 'Host' } }, '/signature/header'],
    [
      'a signature with MD5',
      { signature: { scheme: 'hmac', header: 'x-sig', algorithm: 'md5' } },
      '/signature/algorithm',
    ],
    [
      'a prefix with a line break',
      { signature: { scheme: 'hmac', header: 'x-sig', prefix: 'a\r\n' } },
      '/signature/prefix',
    ],
    ['code for a filter', { filter: { a: { $where: 'process.exit()' } } }, '/filter/a/$where'],
    ['a pattern for a filter', { filter: { a: { $regex: '(a+)+$' } } }, '/filter/a/$regex'],
    [
      'a million retries',
      { retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 1e6, jitter: 0 } },
      '/retryPolicy/maxRetries',
    ],
    ['TLS unchecked', { rejectUnauthorized: false }, '/rejectUnauthorized'],
    ['a tenant that is not one’s own', { tenantId: FORGED }, '/tenantId'],
  ])('%s', async (_what, json, pointer) => {
    const answer = await server.call('POST', '/v1/endpoints', {
      key: ours.key,
      json: { url: 'https://receiver.example/', ...json },
    })
    expect(answer.status).toBe(422)
    isProblem(answer)
    expect(answer.json['errors']).toContainEqual({ pointer, detail: expect.any(String) })
  })

  test.each([
    '{"headers":{"__proto__":"x"}}',
    '{"filter":{"__proto__":{"$eq":1}}}',
    '{"filter":{"$or":[{"__proto__":1}]}}',
  ])('what can’t be kept is refused, not left out: %s', async (more) => {
    const text = `{"url":"https://receiver.example/",${more.slice(1)}`
    const answer = await server.call('POST', '/v1/endpoints', { key: ours.key, text })
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('__proto__')])
  })
})

describe('paths and queries', () => {
  test.each<[string, () => string, number]>([
    ['another tenant’s endpoint', () => `/v1/endpoints/${foreign.endpoint}`, 404],
    ['another tenant’s secret', () => `/v1/endpoints/${foreign.endpoint}/secret`, 404],
    ['another tenant’s event', () => `/v1/events/${foreign.event}`, 404],
    ['another tenant’s deliveries', () => `/v1/events/${foreign.event}/deliveries`, 404],
    ['SQL for an id', () => `/v1/events/${encodeURIComponent("x' OR '1'='1")}`, 404],
    ['dots for an id', () => '/v1/events/..%2f..%2fv1%2ftenants', 404],
    ['a NUL in an id', () => '/v1/events/%00', 404],
    ['what does not decode', () => '/v1/events/%c0%af', 404],
    ['an id of ten thousand characters', () => `/v1/events/${'a'.repeat(10_000)}`, 404],
    ['the operator’s list', () => '/v1/tenants', 403],
    ['a cursor that is nothing', () => '/v1/endpoints?cursor=AAAA', 422],
    ['a cursor with other characters', () => '/v1/endpoints?cursor=%00', 422],
    ['a cursor of another list', () => `/v1/events?cursor=${foreign.cursor}`, 422],
    ['a cursor of no list', () => `/v1/endpoints?cursor=${base64url(`secrets.o.${FORGED}`)}`, 422],
    ['a cursor with SQL', () => `/v1/endpoints?cursor=${base64url(`endpoints.o.' OR 1=1`)}`, 422],
    ['a cursor with padding', () => `/v1/endpoints?cursor=${encodeURIComponent(`${foreign.cursor}=`)}`, 422],
    ['two cursors', () => `/v1/endpoints?cursor=${foreign.cursor}&cursor=${foreign.cursor}`, 422],
    ['a limit below one', () => '/v1/endpoints?limit=0', 422],
    ['a limit beyond all', () => '/v1/endpoints?limit=1e9', 422],
    ['a limit with an object’s name', () => '/v1/endpoints?limit[$gt]=1', 422],
    ['a prototype', () => '/v1/endpoints?__proto__=1', 422],
    ['a prototype’s member', () => '/v1/endpoints?__proto__[limit]=1', 422],
    ['a status that is none', () => "/v1/deliveries?status=failed';--", 422],
    ['an end before the beginning', () => '/v1/events?since=2030-01-01T00:00:00Z&until=2020-01-01T00:00:00Z', 422],
  ])('%s', async (_what, path, status) => {
    const answer = await server.call('GET', path(), { key: ours.key })
    expect(answer.status).toBe(status)
    isProblem(answer)
    expect(answer.text).not.toContain('whsec_')
  })

  test('a foreign cursor, and a forged one, show a part of one’s own list and nothing else', async () => {
    await server.call('POST', '/v1/endpoints', { key: ours.key, json: { url: 'https://receiver.example/mine' } })
    for (const cursor of [foreign.cursor, base64url(`endpoints.n.${FORGED}`), base64url(`endpoints.o.${FORGED}`)]) {
      const answer = await server.call('GET', `/v1/endpoints?cursor=${cursor}`, { key: ours.key })
      expect(answer.status).toBe(200)
      const tenants = (answer.json['data'] as { tenantId: string }[]).map(({ tenantId }) => tenantId)
      expect(new Set(tenants)).not.toContain(theirs.id)
    }
  })

  test.each([
    ['an idempotency key with blanks', { 'idempotency-key': 'a b' }, 422],
    ['an idempotency key of 256 characters', { 'idempotency-key': 'a'.repeat(256) }, 422],
    ['another tenant', { 'redrive-tenant': FORGED }, 403],
    ['a request id with markup', { 'x-request-id': '<script>' }, 202],
    ['another host', { 'x-forwarded-host': 'evil.example' }, 202],
    ['a method over the method', { 'x-http-method-override': 'DELETE' }, 202],
  ])('headers: %s', async (_what, headers, status) => {
    const answer = await server.call('POST', '/v1/events', { key: ours.key, json: { type: 'a', payload: 1 }, headers })
    expect(answer.status).toBe(status)
    expect(JSON.stringify([...answer.headers])).not.toMatch(/script|evil/)
  })
})
