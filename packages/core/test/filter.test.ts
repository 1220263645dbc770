import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { EventFilter, JsonValue } from '@redrive/core'
import { checkFilter, matchesFilter } from '@redrive/core'

const payload: JsonValue = {
  data: { total: 150, currency: 'EUR', paid: true, note: null, at: '2026-03-04', items: [{ sku: 'a' }, { sku: 'b' }] },
  'odd.name': 1,
}

const matches: [EventFilter, boolean][] = [
  [{}, true],
  [{ 'data.total': 150 }, true],
  [{ 'data.total': '150' }, false],
  [{ 'data.total': { $eq: 150 } }, true],
  [{ 'data.total': { $ne: 150 } }, false],
  [{ 'data.total': { $gte: 100 } }, true],
  [{ 'data.total': { $gte: 150 } }, true],
  [{ 'data.total': { $gt: 150 } }, false],
  [{ 'data.total': { $lt: 151, $gt: 149 } }, true],
  [{ 'data.total': { $lte: 149 } }, false],
  [{ 'data.total': { $gte: '100' } }, false],
  [{ 'data.at': { $gte: '2026-01-01', $lt: '2027-01-01' } }, true],
  [{ 'data.currency': { $in: ['EUR', 'USD'] } }, true],
  [{ 'data.currency': { $nin: ['EUR', 'USD'] } }, false],
  [{ 'data.paid': true, 'data.currency': 'USD' }, false],
  [{ 'data.note': null }, true],
  [{ 'data.missing': null }, false],
  [{ 'data.note': { $exists: true } }, true],
  [{ 'data.missing': { $exists: false } }, true],
  [{ 'data.missing': { $ne: 1 } }, true],
  [{ 'data.missing': { $nin: [1] } }, true],
  [{ 'data.missing': { $gte: 0 } }, false],
  [{ 'data.missing': { $lte: 0 } }, false],
  [{ 'data.note': { $lte: 0 } }, false],
  [{ 'data.total': { $not: { $gte: 200 } } }, true],
  [{ 'data.items.1.sku': 'b' }, true],
  [{ 'data.items.2.sku': { $exists: false } }, true],
  [{ 'data.items.length': { $exists: true } }, false],
  [{ 'data.items.01.sku': 'b' }, false],
  [{ 'data.items': [{ sku: 'a' }, { sku: 'b' }] }, true],
  [{ 'data.items': [{ sku: 'a' }] }, false],
  [{ 'data.items.0': { sku: 'a' } }, true],
  [{ 'data.items.0': {} }, false],
  [{ 'data.items.0': { sku: 'a', qty: 1 } }, false],
  [{ 'data.currency.length': { $exists: true } }, false],
  [{ 'data.toString': { $exists: true } }, false],
  [{ 'data.constructor.name': 'Object' }, false],
  [{ '__proto__.x': { $exists: true } }, false],
  [{ $and: [{ 'data.total': 150 }, { 'data.paid': true }] }, true],
  [{ $or: [{ 'data.total': 1 }, { 'data.paid': true }] }, true],
  [{ $or: [{ 'data.total': 1 }, { 'data.paid': false }] }, false],
  [{ $not: { 'data.total': 150 } }, false],
  [{ $not: { $or: [{ 'data.total': 1 }, { 'data.paid': false }] }, 'data.currency': 'EUR' }, true],
]

describe('matching', () => {
  test.each(matches)('%j: %p', (filter, expected) => {
    expect(checkFilter(filter)).toEqual([])
    expect(matchesFilter(filter, payload)).toBe(expected)
  })

  test.each<JsonValue>([null, 1, 'x', []])('a payload without members (%j) has nothing at any path', (bare) => {
    expect(matchesFilter({ 'data.total': { $exists: true } }, bare)).toBe(false)
    expect(matchesFilter({}, bare)).toBe(true)
  })

  test('own members named like built-in ones are found', () => {
    const odd = JSON.parse('{"__proto__": {"x": 1}}') as JsonValue
    expect(matchesFilter({ '__proto__.x': 1 }, odd)).toBe(true)
  })

  test('$eq holds for any value and itself', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as JsonValue
        expect(matchesFilter({ at: { $eq: json } }, { at: json })).toBe(true)
        expect(matchesFilter({ at: { $ne: json } }, { at: json })).toBe(false)
      }),
    )
  })
})

test('the members of a payload’s object are counted once, whatever it is compared with', () => {
  let counted = 0
  const big = new Proxy<Record<string, JsonValue>>(
    { x: 1, y: 2 },
    {
      ownKeys: (target) => {
        counted += 1
        return Reflect.ownKeys(target)
      },
    },
  )
  const operands = Array.from({ length: 190 }, () => ({}))
  expect(matchesFilter({ a: { $in: operands } }, { a: big })).toBe(false)
  expect(matchesFilter({ a: { $in: [...operands, { x: 1, y: 2 }] } }, { a: big })).toBe(true)
  expect(counted).toBe(1)
})

describe('checking', () => {
  test.each<[EventFilter, string]>([
    [{ $foo: 1 }, '/$foo'],
    [{ $eq: 1 }, '/$eq'],
    [{ a: { $foo: 1 } }, '/a/$foo'],
    [{ a: { $gte: 1, b: 2 } }, '/a/b'],
    [{ a: { b: { $gte: 1 } } }, '/a/b/$gte'],
    [{ a: { $in: 'x' } }, '/a/$in'],
    [{ a: { $in: [{ $gte: 1 }] } }, '/a/$in/0/$gte'],
    [{ a: { $gte: null } }, '/a/$gte'],
    [{ a: { $exists: 1 } }, '/a/$exists'],
    [{ a: { $not: 1 } }, '/a/$not'],
    [{ a: { $not: {} } }, '/a/$not'],
    [{ a: { $or: [] } }, '/a/$or'],
    [{ $or: [] }, '/$or'],
    [{ $and: {} }, '/$and'],
    [{ $and: [1] }, '/$and/0'],
    [{ $not: [] }, '/$not'],
    [{ '': 1 }, '/'],
    [{ 'a..b': 1 }, '/a..b'],
    [{ 'a/b~c.': 1 }, '/a~1b~0c.'],
    [{ a: 'x\0' }, '/a'],
    [{ a: { $in: ['\ud800'] } }, '/a/$in/0'],
    [{ ['a'.repeat(257)]: 1 }, `/${'a'.repeat(257)}`],
  ])('%j is refused', (filter, pointer) => {
    expect(checkFilter(filter).map((problem) => problem.pointer)).toEqual([pointer])
  })

  test('size and depth are bounded, and reported once', () => {
    let deep: EventFilter = { a: 1 }
    for (let level = 0; level < 100_000; level++) deep = { $not: deep }
    expect(checkFilter(deep)).toHaveLength(1)
    expect(checkFilter({ a: { $in: Array<number>(100_000).fill(1) } })).toHaveLength(1)
    expect(checkFilter({ a: { $in: Array<number>(150).fill(1) } })).toEqual([])
  })
})
