import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { elementTexts, memberText, parseJson } from '@redrive/core'

/** JSON text in any spelling: white space, escapes and numbers that `JSON.stringify` would never write. */
const { jsonText } = fc.letrec<{ jsonText: string; scalar: string }>((tie) => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 })
  const string = fc
    .array(
      fc.constantFrom(
        'a',
        ' ',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        'é',
        '🚚',
        '\\"',
        '\\\\',
        '\\/',
        '\\n',
        '\\u0000',
        '\\ud800',
      ),
      { maxLength: 8 },
    )
    .map((parts) => `"${parts.join('')}"`)
  const spaced = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((parts) => parts.join(''))
  const member = fc.tuple(fc.nat(), spaced(string), spaced(tie('jsonText')))
  return {
    jsonText: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('scalar'),
      fc.array(spaced(tie('jsonText')), { maxLength: 4 }).map((parts) => `[${parts.join(',')}]`),
      fc
        .array(member, { maxLength: 4 })
        .map((members) => `{${members.map(([, name, value]) => `${name}:${value}`).join(',')}}`),
    ),
    scalar: fc.oneof(string, fc.constantFrom('0', '-1.50', '1E+2', '12345678901234567890', 'true', 'false', 'null')),
  }
})
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 })

describe('the text of a member', () => {
  test('is what was spliced in, whatever surrounds it', () => {
    fc.assert(
      fc.property(jsonText, jsonText, jsonText, space, space, (before, payload, after, left, right) => {
        const body = `${left}{ "before" :${before}${left},${right}"payload"${left}:${right}${payload}${left},"after":${after}}${right}`
        expect(memberText(body, ['payload'])).toEqual({ kind: 'found', text: payload })
        const nested = `{"outer":${body}}`
        expect(memberText(nested, ['outer', 'payload'])).toEqual({ kind: 'found', text: payload })
      }),
    )
  })

  test.each<[string, string[], object]>([
    ['{"payload":{"payload":1}}', ['payload'], { kind: 'found', text: '{"payload":1}' }],
    ['{"x":"\\"payload\\":2","payload":1}', ['payload'], { kind: 'found', text: '1' }],
    ['{"pay\\u006coad":1}', ['payload'], { kind: 'found', text: '1' }],
    ['{"__proto__":{"a":1}}', ['__proto__', 'a'], { kind: 'found', text: '1' }],
    [' [1] ', [], { kind: 'found', text: '[1]' }],
    ['{}', ['payload'], { kind: 'missing' }],
    ['[]', ['payload'], { kind: 'missing' }],
    ['"payload"', ['payload'], { kind: 'missing' }],
    ['{"a":1}', ['a', 'b'], { kind: 'missing' }],
    ['{"payload":1,"payload":2}', ['payload'], { kind: 'duplicate', member: 'payload' }],
    ['{"payload":1,"pa\\u0079load":2}', ['payload'], { kind: 'duplicate', member: 'payload' }],
    ['{"payload":1,"type":1,"type":2}', ['payload'], { kind: 'duplicate', member: 'type' }],
    ['{"payload":{"a":1,"a":2}}', ['payload'], { kind: 'found', text: '{"a":1,"a":2}' }],
  ])('%s at %j', (json, path, expected) => {
    expect(memberText(json, path)).toEqual(expected)
  })
})

describe('the texts of elements', () => {
  test('are what was spliced in', () => {
    fc.assert(
      fc.property(fc.array(jsonText), space, space, (elements, left, right) => {
        const body = `${left}[${left}${elements.join(`${left},${right}`)}${right}]${right}`
        expect(elementTexts(body)).toEqual(elements)
      }),
    )
  })

  test('of what is no array are none', () => {
    expect(elementTexts('{"a":[1]}')).toEqual([])
  })
})

describe('parsing', () => {
  test('agrees with JSON.parse', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(parseJson(text, { maxDepth: 1000 })).toEqual({ kind: 'value', value: JSON.parse(text) as unknown })
      }),
    )
  })

  test('stops at a depth, counted outside of strings', () => {
    expect(parseJson('[{"a":"[[[["}]', { maxDepth: 2 })).toMatchObject({ kind: 'value' })
    expect(parseJson('[{"a":[]}]', { maxDepth: 2 })).toMatchObject({
      kind: 'problem',
      detail: expect.stringContaining('2 levels'),
    })
    expect(parseJson('['.repeat(1_000_000), { maxDepth: 64 })).toMatchObject({ kind: 'problem' })
  })

  test.each(['', '{', '"', '"\\', '{"a":1}x', '\ufeff{}', '{"a":"\0"}', 'NaN', 'secret'])(
    '%j is a problem that is not quoted',
    (text) => {
      const parsed = parseJson(text, { maxDepth: 10 })
      expect(parsed).toMatchObject({
        kind: 'problem',
        detail: expect.stringMatching(/^This is not valid JSON( \(at position \d+\))?$/),
      })
    },
  )

  test('a member named __proto__ is a member', () => {
    const parsed = parseJson('{"__proto__":{"admin":true}}', { maxDepth: 10 })
    expect(parsed.kind === 'value' && Object.getPrototypeOf(parsed.value)).toBe(Object.prototype)
  })
})
