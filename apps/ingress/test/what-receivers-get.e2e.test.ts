import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import { jsonOf, startWithWorker, type WholeRedrive } from './with-worker.ts'

let redrive: WholeRedrive
beforeAll(async () => {
  redrive = await startWithWorker()
})
afterAll(() => redrive.close())

/** Odd on purpose: nothing of it survives a parse and a new rendering. */
const PAYLOAD = '{"b": 1.0,  "a":12345678901234567890, "u":"\\u00e9"}'

async function sendOdd(endpointId: string, more = ''): Promise<string> {
  const text = `{"type":"order.made","endpointId":"${endpointId}","payload":${PAYLOAD}${more}}`
  const answer = await redrive.raw('POST', '/v1/events', { key: redrive.tenantKey, text })
  return String(answer.json['id'])
}

describe('bodyFormat', () => {
  const cases: [format: string, contentType: string, body: (id: string, at: string) => string][] = [
    ['raw', 'application/json', () => PAYLOAD],
    ['standard', 'application/json', (_, at) => `{"type":"order.made","timestamp":"${at}","data":${PAYLOAD}}`],
    [
      'akinon',
      'application/json',
      (id) => `{"event":{"type":"order.made","uuid":"${id.replaceAll('-', '')}"},"payload":${PAYLOAD}}`,
    ],
    [
      'cloudevents',
      'application/cloudevents+json',
      (id, at) =>
        `{"specversion":"1.0","id":"${id}","source":"/tenants/${redrive.tenantId}","type":"order.made","time":"${at}",` +
        `"subject":"order/7","datacontenttype":"application/json","data":${PAYLOAD}}`,
    ],
  ]
  test.each(cases)(
    '%s: the payload byte for byte, and the signature over the whole',
    async (bodyFormat, type, body) => {
      const receiver = await redrive.receiver()
      const { id, secret } = await redrive.endpoint(receiver.url, { bodyFormat })
      const eventId = await sendOdd(id, ',"subject":{"type":"order","id":"7"}')
      const [request] = await receiver.waitFor(1)
      const { createdAt } = await redrive.ask('GET', `/v1/events/${eventId}`)
      expect(request?.body.toString()).toBe(body(eventId, String(createdAt)))
      expect(request?.headers['content-type']).toBe(type)
      expect(request?.headers['webhook-id']).toBe(eventId)
      new Webhook(secret).verify(request?.body.toString() ?? '', request?.headers as Record<string, string>)
    },
  )
})

describe('signature.scheme hmac', () => {
  test.each([
    ['sha256', 'hex', 'x-hub-signature-256', 'sha256='],
    ['sha1', 'base64', 'x-shop-signature', ''],
    ['sha512', 'hex', 'x-signature', 'v0:'],
  ] as const)('%s in %s under %s', async (algorithm, encoding, header, prefix) => {
    const receiver = await redrive.receiver()
    const signature = { scheme: 'hmac', algorithm, encoding, header, prefix }
    const { id, secret } = await redrive.endpoint(receiver.url, { signature })
    await sendOdd(id)
    const [request] = await receiver.waitFor(1)
    expect(request?.headers[header]).toBe(prefix + createHmac(algorithm, secret).update(PAYLOAD).digest(encoding))
    expect(request?.headers['webhook-signature']).toBeUndefined()
  })

  test('with the timestamp, by each live secret', async () => {
    const receiver = await redrive.receiver()
    const signature = { scheme: 'hmac', header: 'x-signature', includeTimestamp: true }
    const { id, secret: old } = await redrive.endpoint(receiver.url, { signature })
    const { secret } = await redrive.ask('POST', `/v1/endpoints/${id}/secret/rotate`)
    await sendOdd(id)
    const [request] = await receiver.waitFor(1)
    const timestamp = String(request?.headers['webhook-timestamp'])
    const by = (key: string) => createHmac('sha256', key).update(`${timestamp}.${PAYLOAD}`).digest('hex')
    expect(request?.headers['x-signature']).toBe(`t=${timestamp},v1=${by(String(secret))},v1=${by(old)}`)
  })
})

describe('what the receiver says', () => {
  const policy = (more: object): object => ({
    retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 1, jitter: 0, ...more },
  })

  test('giveUpOn ends it, retryOn names what is tried again', async () => {
    const receiver = await redrive.receiver({ status: 422 })
    const gives = await redrive.endpoint(receiver.url, policy({ giveUpOn: { statuses: ['422'] } }))
    const picks = await redrive.endpoint(receiver.url, policy({ retryOn: { statuses: ['5xx', '429'] } }))
    const names = await redrive.endpoint(receiver.url, policy({ retryOn: { statuses: ['4xx'] } }))
    const [given, picked, named] = await Promise.all([
      redrive.send(gives.id),
      redrive.send(picks.id),
      redrive.send(names.id),
    ])
    expect(await redrive.becomes(given, 'failed')).toMatchObject({ attemptCount: 1 })
    expect(await redrive.becomes(picked, 'failed')).toMatchObject({ attemptCount: 1 })
    expect(await redrive.becomes(named, 'failed')).toMatchObject({ attemptCount: 2 })
    const decisions = await Promise.all(
      [given, picked, named].map(async (id) => (await redrive.attempts(id)).map((a) => a['decision'])),
    )
    expect(decisions).toEqual([
      ['Gave up. The retry policy gives up on status 422.'],
      ['Gave up. The retry policy does not retry on status 422.'],
      ['Retry 1 of 1 follows in 1 s, by the retry policy.', "Gave up. No retries are left of the policy's 1."],
    ])
  })

  test.each([
    ['seconds', () => '2'],
    ['a date', () => new Date(Date.now() + 3_000).toUTCString()],
  ])('Retry-After in %s: never sooner than asked', async (_, value) => {
    const asked = value()
    const receiver = await redrive.receiver([{ status: 503, headers: { 'retry-after': asked } }, {}])
    const { id } = await redrive.endpoint(receiver.url, policy({}))
    const delivery = await redrive.send(id)
    await redrive.becomes(delivery, 'succeeded')
    const [first, second] = receiver.requests
    const earliest = Number.isNaN(Number(asked)) ? Date.parse(asked) : Number(first?.receivedAt) + Number(asked) * 1000
    expect(Number(second?.receivedAt)).toBeGreaterThanOrEqual(earliest)
    expect((await redrive.attempts(delivery))[0]?.['decision']).toContain(
      'as long as the endpoint asked for with Retry-After',
    )
  })

  test('absurd ones are clamped or ignored', async () => {
    const receiver = await redrive.receiver([{ status: 503, headers: { 'retry-after': '99999999999' } }])
    const { id } = await redrive.endpoint(receiver.url, policy({}))
    const clamped = await redrive.becomes(await redrive.send(id), 'retrying')
    const wait = Date.parse(String(clamped['nextAttemptAt'])) - Date.now()
    expect(wait).toBeGreaterThan(86_000_000)
    expect(wait).toBeLessThanOrEqual(86_400_000)

    const odd = await redrive.receiver([{ status: 503, headers: { 'retry-after': '-5, soon' } }, {}])
    const { id: other } = await redrive.endpoint(odd.url, policy({}))
    await redrive.becomes(await redrive.send(other), 'succeeded')
  })
})

test('an attempt’s record tells an operator why', async () => {
  const receiver = await redrive.receiver([
    { status: 500, headers: { 'set-cookie': 'session=hush-hush', 'x-reason': 'a wheel fell off' }, body: 'no wheels' },
    {},
  ])
  const { id, secret } = await redrive.endpoint(receiver.url, {
    headers: { authorization: { value: 'Bearer hush-hush', sensitive: true }, 'x-team': 'a' },
  })
  const delivery = await redrive.send(id, { n: 1 }, { metadata: { a: 'b' } })
  const { eventId } = await redrive.becomes(delivery, 'succeeded')
  const [first, second] = await redrive.attempts(delivery)
  expect(first).toMatchObject({
    deliveryId: delivery,
    number: 1,
    trigger: 'automatic',
    outcome: 'failed',
    timings: { connect: expect.any(Number), firstByte: expect.any(Number), total: expect.any(Number) },
    request: {
      method: 'POST',
      url: receiver.url,
      headers: {
        authorization: '[redacted]',
        'x-team': 'a',
        'webhook-id': eventId,
        'webhook-signature': expect.stringMatching(/^v1,/),
        'redrive-attempt': '1',
        'redrive-delivery-id': delivery,
      },
    },
    response: {
      status: 500,
      headers: { 'x-reason': 'a wheel fell off', 'set-cookie': '[redacted]' },
      body: 'no wheels',
      bodyTruncated: false,
    },
    error: { code: 'http_status', message: 'The endpoint answered 500 Internal Server Error.' },
    decision: 'Retry 1 of 2 follows in 1 s, by the retry policy.',
  })
  expect(Date.parse(String(first?.['nextAttemptAt']))).toBeGreaterThanOrEqual(
    Date.parse(String(first?.['startedAt'])) + 1000,
  )
  expect(second).toMatchObject({
    number: 2,
    outcome: 'succeeded',
    error: null,
    nextAttemptAt: null,
    decision: 'Delivered.',
  })
  expect(JSON.stringify([first, second])).not.toMatch(/hush-hush/)
  expect(JSON.stringify([first, second])).not.toContain(secret)
  expect(jsonOf(receiver.requests[1])).toEqual({ n: 1 })

  const nowhere = await redrive.endpoint('http://127.0.0.1:1/', {
    retryPolicy: { strategy: 'schedule', delaysSeconds: [], jitter: 0 },
  })
  const refused = await redrive.send(nowhere.id)
  expect(await redrive.becomes(refused, 'failed')).toMatchObject({ failure: { code: 'connect' } })
  expect((await redrive.attempts(refused))[0]).toMatchObject({
    response: null,
    error: { code: 'connect', message: expect.stringMatching(/^\S.*\.$/) },
    decision: "Gave up. No retries are left of the policy's 0.",
  })
})
