import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import { checkSecret, generateSecret, hmacHeader, signatureHeader } from '@redrive/core'

const FIRST = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ED25519 = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
const SEED_ONLY = `whsk_${Buffer.from(ED25519.slice(5), 'base64').subarray(0, 32).toString('base64')}`
const first = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}'] as const
const FIRST_V1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const FIRST_V1A = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=='

describe('Standard Webhooks, published vectors', () => {
  test('v1', () => {
    expect(signatureHeader([FIRST], ...first)).toBe(FIRST_V1)
    const body = '{"email":"test@example.com","username":"test_user"}'
    const second = signatureHeader(
      ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
      'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
      1649367553,
      body,
    )
    expect(second).toBe('v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=')
  })

  test('v1a, from the whole key and from its seed', () => {
    expect(signatureHeader([ED25519], ...first)).toBe(FIRST_V1A)
    expect(signatureHeader([SEED_ONLY], ...first)).toBe(FIRST_V1A)
  })

  test('every live secret signs', () => {
    expect(signatureHeader([FIRST, ED25519], ...first)).toBe(`${FIRST_V1} ${FIRST_V1A}`)
  })
})

test('standardwebhooks verifies what a generated secret signs, non-ASCII bodies included', () => {
  const secret = generateSecret()
  const seconds = Math.floor(Date.now() / 1000)
  const body = '{"name": "Zoë 🚚", "escaped": "\\ud800"}'
  const headers = {
    'webhook-id': 'evt',
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatureHeader([generateSecret(), secret], 'evt', seconds, body),
  }
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
})

test('more ed25519 keys than are cached all sign with their own', () => {
  const keys = Array.from({ length: 1100 }, (_, index) => {
    const seed = Buffer.alloc(32, index % 256)
    seed.writeUInt16BE(index, 0)
    return `whsk_${seed.toString('base64')}`
  })
  const signatures = keys.map((key) => signatureHeader([key], 'a', 1, 'b'))
  expect(new Set(signatures).size).toBe(keys.length)
  expect(signatureHeader(keys.slice(0, 1), 'a', 1, 'b')).toBe(signatures[0])
})

test('a key of another maker signs what its public half verifies', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const [, signature = ''] = signatureHeader([`whsk_${seed.toString('base64')}`], 'id', 5, '{}').split(',')
  expect(
    verify(
      null,
      Buffer.from('id.5.{}'),
      createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
      Buffer.from(signature, 'base64'),
    ),
  ).toBe(true)
})

describe('secrets', () => {
  const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64')

  test.each([FIRST, ED25519, SEED_ONLY, generateSecret(), `whsec_${base64(24)}`, `whsec_${base64(64)}`])(
    '%s',
    (secret) => {
      expect(checkSecret(secret)).toBeNull()
    },
  )

  test.each([
    '',
    'plain',
    'whsec_',
    'whsk_',
    base64(32),
    `whsec_${base64(23)}`,
    `whsec_${base64(65)}`,
    `whsec_${base64(32)}=`,
    `whsec_${base64(32).replace('=', '')}`,
    `whsec_${base64(32)}\n`,
    `whsec_${Buffer.alloc(32, 255).toString('base64url')}`,
    `whsk_${base64(31)}`,
    `whsk_${base64(48)}`,
    `whsk_${base64(64)}`,
  ])('%j is refused without being repeated', (secret) => {
    const problem = checkSecret(secret)
    expect(problem).toEqual(expect.any(String))
    if (secret.length > 6) expect(problem).not.toContain(secret)
  })
})

describe('the hmac scheme', () => {
  const scheme = {
    scheme: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    header: 'x-sig',
    prefix: '',
    includeTimestamp: false,
  } as const
  const hex = (secret: string, content: string) =>
    createHmac('sha256', Buffer.from(secret)).update(content).digest('hex')

  test('signs the body with the secret’s text', () => {
    expect(hmacHeader({ ...scheme, prefix: 'sha256=' }, ['new', 'old'], 7, 'body')).toBe(`sha256=${hex('new', 'body')}`)
  })

  test('RFC 2202, test case 2, in base64', () => {
    const sha1 = { ...scheme, algorithm: 'sha1', encoding: 'base64' } as const
    const expected = Buffer.from('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79', 'hex').toString('base64')
    expect(hmacHeader(sha1, ['Jefe'], 7, 'what do ya want for nothing?')).toBe(expected)
  })

  test('with the timestamp, one signature for each secret', () => {
    expect(hmacHeader({ ...scheme, includeTimestamp: true }, ['new', 'old'], 7, 'body')).toBe(
      `t=7,v1=${hex('new', '7.body')},v1=${hex('old', '7.body')}`,
    )
  })
})
