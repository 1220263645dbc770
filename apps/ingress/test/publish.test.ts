import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { PAYLOAD_MAX_BYTES, startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let theirs: typeof ours
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
  theirs = await server.tenant('Theirs')
  // else there would be nothing to fan out
  const listening = { url: 'http://127.0.0.1:9/hook', eventTypes: ['order.*'] }
  expect((await server.call('POST', '/v1/endpoints', { tenant: ours.id, json: listening })).status).toBe(201)
})
afterAll(() => server.close())

const publish = (json: unknown, headers: Record<string, string> = {}) =>
  server.call('POST', '/v1/events', { key: ours.key, json, headers })
const publishText = (text: string | Buffer) => server.call('POST', '/v1/events', { key: ours.key, text })
const minimal = { type: 'order.shipped', payload: {} }

test('an event is answered 202 with its location, and can be read at once', async () => {
  const said = {
    type: 'order.shipped',
    channel: 'eu',
    subject: { type: 'order', id: '7' },
    metadata: { a: 'b' },
    idempotencyKey: 'first-event',
    expiresAt: '2100-01-01T00:00:00.000Z',
  }
  const answer = await publish({ ...said, payload: { total: 3 } })
  expect(answer.status).toBe(202)
  expect(answer.json).toMatchObject({
    ...said,
    tenantId: ours.id,
    sourceEventId: null,
    deliverAt: null,
    status: 'pending',
  })
  expect(answer.headers.get('location')).toBe(`/v1/events/${String(answer.json['id'])}`)
  const read = await server.call('GET', answer.headers.get('location') ?? '', { key: ours.key })
  expect(read.json).toEqual({ ...answer.json, payload: { total: 3 }, deliveries: { total: 0 } })
})

test.each([
  ['white space', '{ "b" : 1 ,\n\t"a":[ 1 , 2 ]  }'],
  ['a big integer', '12345678901234567890'],
  ['number spellings', '[1.0,1e2,-0,0.1e-7]'],
  ['escapes', String.raw`{"a":"é\u0000\ud800\/","é":"\u00e9"}`],
  ['null', 'null'],
  ['an empty string', '""'],
  ['text beyond ASCII', '"Grüße 🎉 \u2028"'],
  ['a member of its own name', '{"payload":{"payload":1}}'],
  ['members twice, as they came', '{"a":1,"a":2}'],
  ['__proto__', '{"__proto__":{"polluted":true}}'],
])('the payload is kept byte for byte: %s', async (_what, payload) => {
  const answer = await publishText(`{"metadata": {"payload": "no"}, "type":"order.shipped", "payload" :  ${payload} }`)
  expect(answer.status).toBe(202)
  const read = await server.call('GET', `/v1/events/${String(answer.json['id'])}`, { key: ours.key })
  expect(read.text).toContain(`"payload":${payload}}`)
  expect(read.text.endsWith(`"payload":${payload}}`)).toBe(true)
  expect(Object.prototype).not.toHaveProperty('polluted')
})

describe('what can not be read or is too large', () => {
  test.each([
    ['no JSON', '{"type":', 400],
    ['nothing at all', '', 400],
    ['a member twice', '{"type":"a","type":"b","payload":1}', 400],
    ['a member twice, spelt differently', String.raw`{"type":"a","typ\u0065":"b","payload":1}`, 400],
    ['depth', `{"type":"a","payload":${'['.repeat(200)}${']'.repeat(200)}}`, 400],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400],
    ['a payload too large', JSON.stringify({ ...minimal, payload: 'x'.repeat(PAYLOAD_MAX_BYTES) }), 413],
    ['a body too large', JSON.stringify({ ...minimal, payload: 'x'.repeat(PAYLOAD_MAX_BYTES * 4) }), 413],
    ['an array', '[]', 422],
    ['a text', '"event"', 422],
  ])('%s', async (_what, text, status) => {
    const answer = await publishText(text)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.json).toMatchObject({ status, requestId: answer.headers.get('x-request-id') })
  })

  test('a payload of exactly the limit is taken', async () => {
    const payload = 'x'.repeat(PAYLOAD_MAX_BYTES - 2)
    expect((await publish({ ...minimal, payload })).status).toBe(202)
  })

  test('a body without a length is cut off at the limit', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536).fill(0x20))
      },
    })
    const response = await fetch(`${server.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ours.key}`, 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    })
    expect(response.status).toBe(413)
    expect(response.headers.get('connection')).toBe('close')
  })

  test.each([
    ['text/plain', 415],
    ['application/json; charset=latin1', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/json; charset=utf-8', 202],
    ['application/vnd.ours+json', 202],
  ])('content-type %s: %i', async (contentType, status) => {
    expect((await publish(minimal, { 'content-type': contentType })).status).toBe(status)
  })

  test('compressed bodies are refused', async () => {
    expect((await publish(minimal, { 'content-encoding': 'gzip' })).status).toBe(415)
  })
})

describe('validation', () => {
  test('all problems at once, each with its pointer', async () => {
    const answer = await publish({ type: 'a..b', metadata: { a: 1 }, subject: { type: 'x' }, 'odd/one': 1 })
    expect(answer.status).toBe(422)
    const errors = answer.json['errors'] as { pointer: string; detail: string }[]
    const pointers = errors.map(({ pointer }) => pointer)
    expect(pointers.sort()).toEqual(['/metadata/a', '/odd~1one', '/payload', '/subject/id', '/type'])
  })

  test.each([
    ['a system type', { ...minimal, type: 'redrive.endpoint.disabled' }, '/type'],
    ['a type too long', { ...minimal, type: 'a'.repeat(129) }, '/type'],
    ['NUL in metadata', { ...minimal, metadata: { a: '\0' } }, '/metadata/a'],
    ['an expiry in the past', { ...minimal, expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    ['a year out of reach', { ...minimal, deliverAt: '+275760-09-13T00:00:00.000Z' }, '/deliverAt'],
    ['an endpoint that is none', { ...minimal, endpointId: 'x' }, '/endpointId'],
    [
      'an endpoint that does not exist',
      { ...minimal, endpointId: '01890a5d-ac96-774b-bcce-b302099a8057' },
      '/endpointId',
    ],
    ['a key with a blank', { ...minimal, idempotencyKey: 'a b' }, '/idempotencyKey'],
  ])('%s', async (_what, json, pointer) => {
    const answer = await publish(json)
    expect(answer.status).toBe(422)
    expect(answer.json['errors']).toMatchObject([{ pointer }])
  })
})

describe('idempotency', () => {
  test('twenty at once make one event', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => publish({ ...minimal, idempotencyKey: 'at-once' })),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
    expect(new Set(answers.map(({ json }) => json['id'])).size).toBe(1)
    const replays = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')
    expect(replays).toHaveLength(19)
  })

  test('the header is as good as the field', async () => {
    const first = await publish(minimal, { 'idempotency-key': 'by-header' })
    const second = await publish({ ...minimal, idempotencyKey: 'by-header' })
    expect(second.json).toEqual(first.json)
    expect(first.headers.has('idempotent-replayed')).toBe(false)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
  })

  test('header and field that differ are refused', async () => {
    const answer = await publish({ ...minimal, idempotencyKey: 'one' }, { 'idempotency-key': 'other' })
    expect(answer.status).toBe(422)
  })

  test.each([
    ['payload', { payload: { a: 2 } }],
    ['type', { type: 'order.other' }],
    ['channel', { channel: 'x' }],
    ['subject', { subject: { type: 'a', id: 'b' } }],
    ['metadata', { metadata: { a: 'b' } }],
    ['deliverAt', { deliverAt: '2100-01-01T00:00:00Z' }],
    ['expiresAt', { expiresAt: '2100-01-01T00:00:00Z' }],
  ])('the same key with another %s is refused', async (what, change) => {
    const idempotencyKey = `bound-${what}`
    expect((await publish({ ...minimal, idempotencyKey })).status).toBe(202)
    const answer = await publish({ ...minimal, idempotencyKey, ...change })
    expect(answer.status).toBe(422)
    expect(answer.json['errors']).toMatchObject([{ pointer: '/idempotencyKey' }])
  })

  test('a key is its tenant’s own', async () => {
    const first = await publish({ ...minimal, idempotencyKey: 'shared' })
    const other = await server.call('POST', '/v1/events', {
      key: theirs.key,
      json: { ...minimal, idempotencyKey: 'shared' },
    })
    expect(other.status).toBe(202)
    expect(other.json['id']).not.toBe(first.json['id'])
  })
})

test('an endpoint that nothing is delivered to is a conflict, and uses up no key', async () => {
  const post = (path: string, json?: object) => server.call('POST', path, { key: ours.key, ...(json && { json }) })
  const made = await post('/v1/endpoints', { url: 'https://receiver.example/', eventTypes: ['none'] })
  const path = `/v1/endpoints/${String(made.json['id'])}`
  const event = { ...minimal, endpointId: made.json['id'], idempotencyKey: 'to-one' }
  await post(`${path}/disable`)
  const detail = 'The endpoint is disabled; enable it first'
  const refused = { status: 409, detail, errors: [{ pointer: '/endpointId', detail }] }
  expect((await publish(event)).json).toMatchObject(refused)
  expect((await post('/v1/events/batch', { events: [event] })).json).toEqual({ data: [{ error: refused }] })
  await post(`${path}/enable`)
  const first = await publish(event)
  expect(first.status).toBe(202)
  await server.call('DELETE', path, { key: ours.key })
  // the first again; a new one is refused
  expect((await publish(event)).json['id']).toBe(first.json['id'])
  expect(await publish({ ...event, idempotencyKey: null })).toMatchObject({
    status: 409,
    json: { detail: 'The endpoint has been deleted', errors: [{ pointer: '/endpointId' }] },
  })
})

describe('the batch', () => {
  test('answers each entry at its place', async () => {
    const text = `{"events":[
      {"type":"order.shipped","payload": {"n":12345678901234567890} },
      {"type":"bad type","payload":1},
      {"type":"order.shipped"},
      {"type":"order.shipped","payload":1,"type":"twice"},
      {"type":"order.shipped","payload":"${'x'.repeat(PAYLOAD_MAX_BYTES)}"},
      7,
      {"type":"order.shipped","payload":null,"idempotencyKey":"in-batch"},
      {"type":"order.shipped","payload":null,"idempotencyKey":"in-batch"}
    ]}`
    const answer = await server.call('POST', '/v1/events/batch', { key: ours.key, text })
    expect(answer.status).toBe(202)
    const data = answer.json['data'] as {
      id?: string
      error?: { status: number; errors?: { pointer: string }[] }
    }[]
    expect(data.map((entry) => entry.error?.status ?? 'taken')).toEqual([
      'taken',
      422,
      422,
      400,
      413,
      422,
      'taken',
      'taken',
    ])
    expect(data[1]?.error?.errors).toMatchObject([{ pointer: '/type' }])
    expect(data[6]?.id).toBe(data[7]?.id)
    const read = await server.call('GET', `/v1/events/${String(data[0]?.id)}`, { key: ours.key })
    expect(read.text).toContain('"payload":{"n":12345678901234567890}}')
  })

  test('a thousand are taken, one more is not', async () => {
    const events = Array.from({ length: 1000 }, (_, n) => ({ type: 'bulk.event', payload: n }))
    const answer = await server.call('POST', '/v1/events/batch', { key: ours.key, json: { events } })
    expect(answer.status).toBe(202)
    const data = answer.json['data'] as { id: string }[]
    expect(new Set(data.map(({ id }) => id)).size).toBe(1000)
    const more = await server.call('POST', '/v1/events/batch', {
      key: ours.key,
      json: { events: [...events, events[0]] },
    })
    expect(more.status).toBe(422)
    expect((await server.call('POST', '/v1/events/batch', { key: ours.key, json: { events: [] } })).status).toBe(422)
  })
})

test('what is due is told to the queue, what is scheduled or replayed is not', async () => {
  const due = await publish({ ...minimal, idempotencyKey: 'told-once' })
  const scheduled = await publish({ ...minimal, deliverAt: '2100-01-01T00:00:00Z' })
  expect(scheduled.json['status']).toBe('scheduled')
  await publish({ ...minimal, idempotencyKey: 'told-once' })
  // the ledger decides: what is told later is told behind it
  const last = await publish(minimal)
  const told = (): unknown[] => server.jobs.flatMap((job) => (job.name === 'publish' ? job.payload.eventIds : []))
  await eventually(() => told().includes(last.json['id']), 'the publish job')
  const unheard = await publish({ ...minimal, type: 'nobody.listens' })
  expect(unheard.json['status']).toBe('dispatched')
  expect(told()).not.toContain(unheard.json['id'])
  expect(told().filter((id) => id === due.json['id'])).toHaveLength(1)
  expect(told()).not.toContain(scheduled.json['id'])
  await eventually(async () => ((await server.producer.counts()).publish['waiting'] ?? 0) > 0, 'the job in the queue')
})
