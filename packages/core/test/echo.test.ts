import { describe, expect, test } from '@jest/globals'
import { type Outcome, withoutEchoes } from '@redrive/core'
import fc from 'fast-check'

const KEY = 'Bearer s3cr3t/"value"+of=key'
const endpoint = {
  headers: { authorization: { value: KEY, sensitive: true }, 'x-team': { value: 'public-team', sensitive: false } },
  secrets: [{ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
}

function answered(body: string, more: Partial<Extract<Outcome, { kind: 'response' }>> = {}): Outcome {
  return {
    kind: 'response',
    status: 200,
    headers: {},
    body,
    bodyTruncated: false,
    startedAt: new Date(0),
    durationMs: 1,
    timings: { dns: null, connect: null, tls: null, firstByte: null, total: 1 },
    ...more,
  }
}
const kept = (outcome: Outcome) => JSON.stringify(withoutEchoes(outcome, endpoint))

describe('what a receiver echoes', () => {
  test.each([
    ['as it is', `you said authorization: ${KEY}, twice: ${KEY}`],
    ['as JSON', JSON.stringify({ headers: { authorization: KEY } })],
    ['as JSON in JSON', JSON.stringify({ headers: { authorization: 's3cr3t/"value"+of=key' } })],
    ['in a URL', `/login?next=${encodeURIComponent(KEY)}`],
    ['without its scheme', 'token s3cr3t/"value"+of=key is unknown'],
    ['the signing secret', `signed with ${endpoint.secrets[0]?.secret ?? ''}`],
  ])('%s', (_how, body) => {
    const text = kept(answered(body, { headers: { 'x-echo': body } }))
    expect(text).toContain('[redacted]')
    expect(text).not.toMatch(/s3cr3t|MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw/)
  })

  test('cut in two by the capture limit', () => {
    const body = `${'x'.repeat(100)}${KEY.slice(0, 20)}`
    expect(kept(answered(body, { bodyTruncated: true }))).not.toContain('s3cr3t')
    expect(kept(answered(body))).toContain('s3cr3t') // complete, and so not the secret
  })

  test('all else is kept as it came', () => {
    const outcome = answered('public-team Bearer other', { headers: { a: 'b' }, bodyTruncated: true })
    expect(withoutEchoes(outcome, endpoint)).toEqual(outcome)
    expect(withoutEchoes(outcome, { headers: {}, secrets: [] })).toEqual(outcome)
    const short = { headers: { 'x-a': { value: 'no', sensitive: true } }, secrets: [] }
    expect(withoutEchoes(answered('no'), short)).toEqual(answered('no'))
  })

  test.each([
    ['one that ends as it begins', ['kupSet!!!!!!!!{!!!!!kupSet!'], 'kupSet!!!!!!!!{!!!!!kupSet'],
    ['one whose end another begins with', ['first-common', 'common-second'], 'first-common'],
    ['one within another', ['inner-one', 'outer-inner-one-outer'], 'outer-inner-one-out'],
    ['one that begins within another', ['first-common', 'common-second'], 'first-common-second'],
    ['one that repeats itself', ['abcabcabc'], 'abcabcabcabcabc'],
  ])('goes as a whole: %s', (_which, values, echoed) => {
    const headers = Object.fromEntries(values.map((value, at) => [`x-${String(at)}`, { value, sensitive: true }]))
    const result = withoutEchoes(answered(`<<<${echoed}`, { bodyTruncated: true }), { headers, secrets: [] })
    expect(result).toMatchObject({ body: '<<<[redacted]' })
  })

  test('whatever the value and wherever it is cut', () => {
    const value = fc.stringMatching(/^[\x21-\x7e]{12,60}$/)
    // few letters, so that values end as they begin, and as others do
    const alike = fc.stringMatching(/^[ab"%]{12,40}$/)
    fc.assert(
      fc.property(fc.array(fc.oneof(value, alike), { minLength: 1, maxLength: 3 }), fc.nat(60), (values, cut) => {
        const headers = Object.fromEntries(values.map((value, at) => [`x-${String(at)}`, { value, sensitive: true }]))
        const [secret = ''] = values
        const echo = `<<<${secret.slice(0, cut)}`
        const result = withoutEchoes(answered(echo, { bodyTruncated: true }), { headers, secrets: [] })
        expect(JSON.stringify(result)).not.toContain(JSON.stringify(secret.slice(0, 12)).slice(1, -1))
      }),
      { numRuns: 1000, examples: [[['kupSet!!!!!!!!{!!!!!kupSet!'], 26]] },
    )
  })

  test('as if each character of each secret were marked', () => {
    const alike = (least: number, most: number) =>
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: least, maxLength: most })
    fc.assert(
      fc.property(
        fc.array(alike(6, 12), { minLength: 1, maxLength: 3 }),
        alike(0, 60),
        fc.boolean(),
        (values, said, bodyTruncated) => {
          const headers = Object.fromEntries(values.map((value, at) => [`x-${String(at)}`, { value, sensitive: true }]))
          const result = withoutEchoes(answered(said, { bodyTruncated }), { headers, secrets: [] })
          const marked = new Set<number>()
          const mark = (from: number, to: number) => {
            for (let at = from; at < to; at++) marked.add(at)
          }
          for (const value of values) {
            for (let at = 0; at < said.length; at++) {
              const rest = said.slice(at)
              if (rest.startsWith(value)) mark(at, at + value.length)
              if (bodyTruncated && rest.length >= 6 && value.startsWith(rest)) mark(at, said.length)
            }
          }
          const kept = Array.from(said, (character, at) => (marked.has(at) ? '-' : character)).join('')
          const body = result.kind === 'response' ? result.body : null
          expect(body?.replaceAll(/(?:\[redacted\])+/g, '-')).toBe(kept.replaceAll(/-+/g, '-'))
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('headers whose name says that they hold a secret are not kept', () => {
    const headers = { 'set-cookie': 'session=1', 'x-auth-token': 'abc', 'www-authenticate': 'Basic', etag: 'x' }
    const outcome = withoutEchoes(answered('', { headers }), endpoint)
    expect(outcome).toMatchObject({
      headers: { 'set-cookie': '[redacted]', 'x-auth-token': '[redacted]', 'www-authenticate': 'Basic', etag: 'x' },
    })
  })
})
