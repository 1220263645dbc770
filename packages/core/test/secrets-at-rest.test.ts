import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  SealError,
  apiKeyMatches,
  createApiKey,
  createSealer,
  isStorable,
  newId,
  parseApiKey,
  storableText,
} from '@redrive/core'

describe('sealing', () => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]
  const sealer = createSealer([newKey, oldKey])

  function codeOf(open: () => string): string {
    try {
      open()
    } catch (error) {
      if (error instanceof SealError) return error.code
      throw error
    }
    return 'opened'
  }

  test('opens what it sealed, and never seals alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plaintext, boundTo) => {
        const sealed = sealer.seal(plaintext, boundTo)
        expect(sealed).toMatch(/^v1\.[0-9a-f]{8}(\.[\w-]*){3}$/)
        expect(sealer.open(sealed, boundTo)).toBe(plaintext)
        expect(sealer.seal(plaintext, boundTo)).not.toBe(sealed)
      }),
    )
  })

  test('a former key still opens; a foreign one is unknown', () => {
    const sealed = createSealer([oldKey]).seal('s', 'row')
    expect(sealer.open(sealed, 'row')).toBe('s')
    expect(codeOf(() => createSealer([newKey]).open(sealed, 'row'))).toBe('unknown_key')
  })

  test('what was altered or moved to another row is corrupt', () => {
    const sealed = sealer.seal('secret', 'row 1')
    expect(codeOf(() => sealer.open(sealed, 'row 2'))).toBe('corrupt')
    const [version = '', id = '', iv = '', ciphertext = '', tag = ''] = sealed.split('.')
    const flipped = (ciphertext.startsWith('A') ? 'B' : 'A') + ciphertext.slice(1)
    expect(codeOf(() => sealer.open([version, id, iv, flipped, tag].join('.'), 'row 1'))).toBe('corrupt')
    expect(codeOf(() => sealer.open([version, id, iv, ciphertext, tag.slice(0, 8)].join('.'), 'row 1'))).toBe('corrupt')
    expect(codeOf(() => sealer.open([version, id, '', ciphertext, tag].join('.'), 'row 1'))).toBe('corrupt')
  })

  test.each(['', 'plain', 'v2.a.b.c.d', 'v1.a.b.c', 'v1.a.b.c.d.e'])('%j is malformed', (text) => {
    expect(codeOf(() => sealer.open(text, 'row'))).toBe('malformed')
  })

  test('wants keys of 32 bytes', () => {
    expect(() => createSealer([])).toThrow(RangeError)
    expect(() => createSealer([newKey, randomBytes(16)])).toThrow('32 bytes')
  })
})

describe('API keys', () => {
  test('parse to the row’s id and match its hash only', () => {
    const id = newId()
    const { key, hash } = createApiKey(id)
    const parsed = parseApiKey(key)
    expect(parsed?.id).toBe(id)
    expect(apiKeyMatches(parsed?.secret ?? '', hash)).toBe(true)
    expect(apiKeyMatches(parsed?.secret ?? '', createApiKey(id).hash)).toBe(false)
    expect(apiKeyMatches(parsed?.secret ?? '', Buffer.alloc(0))).toBe(false)
    expect(key).not.toContain(hash.toString('hex'))
  })

  test.each([
    '',
    'rdk_',
    'rdk_a_b',
    `rdk_${'0'.repeat(32)}_${'a'.repeat(43)}`,
    `${createApiKey(newId()).key}\n`,
    `x${createApiKey(newId()).key}`,
  ])('%j is no key', (text) => {
    expect(parseApiKey(text)).toBeNull()
  })
})

describe('text that PostgreSQL holds', () => {
  test.each<[string | Buffer, string]>([
    ['plain é 🚚', 'plain é 🚚'],
    ['a\0b\0', 'a\ufffdb\ufffd'],
    ['a\ud800b\udc00', 'a\ufffdb\ufffd'],
    [Buffer.from([0x61, 0xff, 0x00]), 'a\ufffd\ufffd'],
  ])('%j', (input, text) => {
    expect(storableText(input)).toBe(text)
    expect(isStorable(text)).toBe(true)
  })

  test.each(['\0', '\ud800', '\udc00\ud800'])('%j is not storable as it is', (text) => {
    expect(isStorable(text)).toBe(false)
  })
})
