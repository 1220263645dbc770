import { validateHeaderName, validateHeaderValue } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { checkHeader, memberText, parseJson } from '@redrive/core'
import fc from 'fast-check'
import { retryAfterMs } from '../src/retry-after.ts'

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.string({ unit: 'grapheme' }))

describe('header policy', () => {
  const name = fc.oneof(
    anyText,
    fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/),
    fc.constantFrom('Host', 'webhook-id', 'REDRIVE-x', 'Proxy-Auth', 'transfer-encoding', '__proto__', 'constructor'),
  )
  const value = fc.oneof(anyText, fc.stringMatching(/^[\x20-\x7e\t]{0,80}$/))

  test('what it lets through, Node sends: never an exception at send', () => {
    fc.assert(
      fc.property(name, value, (headerName, headerValue) => {
        if (checkHeader(headerName, headerValue) !== null) return
        validateHeaderName(headerName)
        validateHeaderValue(headerName, headerValue)
        expect(headerValue).not.toMatch(/[\r\n\0]/)
        expect(headerName.toLowerCase()).not.toMatch(
          /^(webhook-|redrive-|proxy-|host$|content-length$|transfer-encoding$)/,
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('what it refuses, it refuses in a sentence that repeats no value', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^x-[a-z]{1,10}$/),
        fc.stringMatching(/^[a-z0-9]{12}\n$/),
        (headerName, headerValue) => {
          expect(checkHeader(headerName, headerValue)).not.toContain(headerValue.trim())
        },
      ),
    )
  })
})

describe('Retry-After', () => {
  const now = new Date('2026-11-21T03:00:00Z')
  const value = fc.oneof(
    anyText,
    fc.bigInt().map(String),
    fc.double().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.stringMatching(/^[0-9]{1,400}$/),
  )

  test('is a wait of at most a day, or nothing, whatever it says', () => {
    fc.assert(
      fc.property(value, (header) => {
        const ms = retryAfterMs(header, now)
        if (ms === null) return
        expect(ms).toBeGreaterThan(0)
        expect(ms).toBeLessThanOrEqual(86_400_000)
      }),
      { numRuns: 2000 },
    )
  })

  test('of seconds and dates is what they say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400 }), (seconds) => {
        expect(retryAfterMs(String(seconds), now)).toBe(seconds * 1000)
        expect(retryAfterMs(new Date(now.getTime() + seconds * 1000).toUTCString(), now)).toBe(seconds * 1000)
      }),
    )
  })
})

describe('JSON as text', () => {
  test('is parsed or refused, never thrown about, and what is cut out of it is its own text', () => {
    const padding = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), padding, fc.oneof(fc.constant(null), fc.nat()), (payload, space, cut) => {
        const whole = `{${space}"type":"a","payload":${space}${payload}${space},"z":[1]}`
        const text = cut === null ? whole : whole.slice(0, cut % whole.length)
        const parsed = parseJson(text, { maxDepth: 128 })
        if (parsed.kind === 'problem') {
          expect(cut).not.toBeNull()
          return
        }
        expect(memberText(text, ['payload'])).toEqual({ kind: 'found', text: payload.trim() })
      }),
      { numRuns: 1000 },
    )
  })

  test('of any sort', () => {
    fc.assert(
      fc.property(anyText, fc.nat(5), (text, maxDepth) => {
        expect(['value', 'problem']).toContain(parseJson(text, { maxDepth }).kind)
      }),
      { numRuns: 2000 },
    )
  })
})
