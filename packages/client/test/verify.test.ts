import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { verify, WebhookVerificationError } from '@redrive/client'
import { Webhook } from 'standardwebhooks'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const SENT_AT = 1_614_265_330
const BODY = '{"test": 2432232314}'
const SIGNED = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': String(SENT_AT),
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const given = { secret: SECRET, headers: SIGNED, body: BODY, now: SENT_AT * 1000 }

test('takes the vector that Standard Webhooks publishes', () => {
  const { id, timestamp, payload } = verify(given)
  expect(id).toBe('msg_p5jXN8AQM9LWM0D4loKWxJek')
  expect(timestamp).toEqual(new Date(SENT_AT * 1000))
  expect(payload).toEqual({ test: 2432232314 })
})

test('takes what another implementation has signed', () => {
  const signature = new Webhook(OTHER).sign('evt_1', new Date(SENT_AT * 1000), 'täst'.padEnd(9, '"'))
  const headers = { ...SIGNED, 'webhook-id': 'evt_1', 'webhook-signature': `v1,bm9wZQ== ${signature}` }
  expect(() => verify({ ...given, headers, secret: OTHER, body: 'täst'.padEnd(9, '"') })).toThrow('it is not JSON')
})

test('takes Headers, Node’s headers, any case, bytes, and one of several secrets', () => {
  const headers = {
    ...SIGNED,
    'Redrive-Attempt': ['2'],
    'redrive-event-type': 'order.shipped',
    'redrive-delivery-id': 'd',
  }
  const found = verify({ ...given, headers, body: Buffer.from(BODY), secret: [OTHER, SECRET] })
  expect(found).toMatchObject({ attempt: 2, eventType: 'order.shipped', deliveryId: 'd' })
  expect(verify({ ...given, headers: new Headers(SIGNED) })).toMatchObject({ attempt: null, eventType: null })
})

test('takes ed25519 by its public key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const signature = sign(null, Buffer.from(`${SIGNED['webhook-id']}.${String(SENT_AT)}.${BODY}`), privateKey)
  const headers = { ...SIGNED, 'webhook-signature': `v1a,${signature.toString('base64')}` }
  const secret = `whpk_${raw.toString('base64')}`
  expect(verify({ ...given, headers, secret }).payload).toEqual({ test: 2432232314 })
  expect(() => verify({ ...given, headers, secret, body: '{}' })).toThrow(WebhookVerificationError)
})

describe('refuses', () => {
  test.each([
    ['another body', { body: '{"test": 2432232315}' }],
    ['another secret', { secret: OTHER }],
    ['no secret at all', { secret: [] }],
    ['an old request', { now: (SENT_AT + 301) * 1000 }],
    ['one from the future', { now: (SENT_AT - 301) * 1000 }],
    ['another id', { headers: { ...SIGNED, 'webhook-id': 'msg_2' } }],
    ['a time that is none', { headers: { ...SIGNED, 'webhook-timestamp': '1e9' } }],
    ['a missing header', { headers: { 'webhook-id': 'x', 'webhook-timestamp': String(SENT_AT) } }],
    [
      'a signature of another kind',
      { headers: { ...SIGNED, 'webhook-signature': SIGNED['webhook-signature'].replace('v1', 'v2') } },
    ],
    ['half a signature', { headers: { ...SIGNED, 'webhook-signature': 'v1,g0hM9SsE' } }],
  ])('%s', (_what, change) => {
    expect(() => verify({ ...given, ...change })).toThrow(WebhookVerificationError)
  })

  test('to work with a secret that is none', () => {
    expect(() => verify({ ...given, secret: 'whsec_' })).toThrow(TypeError)
  })
})
