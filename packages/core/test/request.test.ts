import { describe, expect, test } from '@jest/globals'
import type { RequestInput } from '@redrive/core'
import { buildRequest, signatureHeader } from '@redrive/core'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OLD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const EVENT_ID = '019ab000-0000-7000-8000-00000000000a'
const TENANT_ID = '019ab000-0000-7000-8000-00000000000b'
const now = new Date('2026-03-04T05:06:07.999Z')
const SECONDS = Math.floor(now.getTime() / 1000)
const PAYLOAD = ' { "b":1.0, "a" : 12345678901234567890, "s":"\\u00e9\\ud800" } '

function input(endpoint: Partial<RequestInput['endpoint']> = {}, more: Partial<RequestInput> = {}): RequestInput {
  return {
    event: {
      id: EVENT_ID,
      tenantId: TENANT_ID,
      type: 'order.shipped',
      subject: null,
      sourceEventId: null,
      createdAt: new Date('2026-03-04T05:06:00.000Z'),
      payload: PAYLOAD,
    },
    endpoint: {
      url: 'https://receiver.example/hook',
      headers: {},
      bodyFormat: 'raw',
      signature: { scheme: 'standard' },
      timeoutSeconds: 15,
      secrets: [{ secret: SECRET, expiresAt: null }],
      ...endpoint,
    },
    deliveryId: 'the-delivery',
    attemptNumber: 3,
    now,
    version: '1.2.3',
    ...more,
  }
}

test('the whole request', () => {
  const built = buildRequest(input())
  expect(built.request).toEqual({
    url: 'https://receiver.example/hook',
    timeoutMs: 15_000,
    body: PAYLOAD,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Redrive/1.2.3',
      'webhook-id': EVENT_ID,
      'webhook-timestamp': String(SECONDS),
      'webhook-signature': signatureHeader([SECRET], EVENT_ID, SECONDS, PAYLOAD),
      'redrive-delivery-id': 'the-delivery',
      'redrive-attempt': '3',
      'redrive-event-type': 'order.shipped',
    },
  })
  expect(built.redactedHeaders).toEqual(built.request.headers)
})

test('a resent event names its source', () => {
  const event = { ...input().event, sourceEventId: 'the-source' }
  const { headers } = buildRequest(input({}, { event, sourceEventNumber: 42 })).request
  expect(headers).toMatchObject({ 'redrive-source-event-id': 'the-source', 'x-violet-event-id-source': '42' })
})

describe('signing', () => {
  const secrets = (expiresAt: Date) => [
    { secret: SECRET, expiresAt: null },
    { secret: OLD_SECRET, expiresAt },
  ]

  test('both secrets until the grace ends', () => {
    const { headers } = buildRequest(input({ secrets: secrets(new Date(now.getTime() + 1)) })).request
    expect(headers['webhook-signature']).toBe(signatureHeader([SECRET, OLD_SECRET], EVENT_ID, SECONDS, PAYLOAD))
  })

  test('the new one alone from then on', () => {
    const { headers } = buildRequest(input({ secrets: secrets(now) })).request
    expect(headers['webhook-signature']).toBe(signatureHeader([SECRET], EVENT_ID, SECONDS, PAYLOAD))
  })

  test('nothing goes out unsigned', () => {
    expect(() => buildRequest(input({ secrets: [{ secret: SECRET, expiresAt: now }] }))).toThrow(
      'no live signing secret',
    )
  })

  test('the hmac scheme signs in its own header instead', () => {
    const scheme = { algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=', includeTimestamp: false } as const
    const { headers } = buildRequest(input({ signature: { scheme: 'hmac', header: 'X-Auth-Sig', ...scheme } })).request
    expect(headers['x-auth-sig']).toMatch(/^sha256=[0-9a-f]{64}$/)
    expect(headers).not.toHaveProperty('webhook-signature')
    expect(headers).toMatchObject({ 'webhook-id': EVENT_ID, 'webhook-timestamp': String(SECONDS) })
  })
})

describe('added headers', () => {
  const headers = {
    'X-Team': { value: 'a', sensitive: false },
    'x-hidden': { value: 'b', sensitive: true },
    authorization: { value: 'Bearer c', sensitive: false },
    'webhook-id': { value: 'forged', sensitive: false },
  }

  test('go out as they are, except that ours win', () => {
    expect(buildRequest(input({ headers })).request.headers).toMatchObject({
      'x-team': 'a',
      'x-hidden': 'b',
      authorization: 'Bearer c',
      'webhook-id': EVENT_ID,
    })
  })

  test('are kept in the record without what is secret', () => {
    const { redactedHeaders } = buildRequest(input({ headers }))
    expect(redactedHeaders).toMatchObject({ 'x-team': 'a', 'x-hidden': '[redacted]', authorization: '[redacted]' })
    expect(redactedHeaders['webhook-signature']).toMatch(/^v1,/)
  })
})

describe('body formats keep the payload’s text', () => {
  test.each([
    ['standard', `{"type":"order.shipped","timestamp":"2026-03-04T05:06:00.000Z","data":${PAYLOAD}}`],
    ['akinon', `{"event":{"type":"order.shipped","uuid":"019ab00000007000800000000000000a"},"payload":${PAYLOAD}}`],
  ] as const)('%s', (bodyFormat, body) => {
    const { request } = buildRequest(input({ bodyFormat }))
    expect(request.body).toBe(body)
    expect(request.headers['content-type']).toBe('application/json')
    expect(request.headers['webhook-signature']).toBe(signatureHeader([SECRET], EVENT_ID, SECONDS, body))
  })

  test('cloudevents, structured', () => {
    const event = { ...input().event, subject: { type: 'order', id: '7"' } }
    const { request } = buildRequest(input({ bodyFormat: 'cloudevents' }, { event }))
    expect(request.headers['content-type']).toBe('application/cloudevents+json')
    expect(request.body.endsWith(`,"data":${PAYLOAD}}`)).toBe(true)
    expect(JSON.parse(request.body)).toMatchObject({
      specversion: '1.0',
      id: EVENT_ID,
      source: `/tenants/${TENANT_ID}`,
      type: 'order.shipped',
      time: '2026-03-04T05:06:00.000Z',
      subject: 'order/7"',
      datacontenttype: 'application/json',
    })
  })
})
