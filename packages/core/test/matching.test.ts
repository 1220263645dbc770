import { expect, test } from '@jest/globals'
import { EVENT_TYPE, EVENT_TYPE_PATTERN } from '@redrive/core'

test.each([
  ['order', true, true],
  ['Order-1.shipped_2', true, true],
  ['order.*', false, true],
  ['*', false, true],
  ['', false, false],
  ['.a', false, false],
  ['a.', false, false],
  ['a..b', false, false],
  ['a b', false, false],
  ['a.*.b', false, false],
  ['a*', false, false],
  ['*.a', false, false],
  ['ä', false, false],
  ['a\n', false, false],
])('%j as a type: %p, as a pattern: %p', (text, isType, isPattern) => {
  expect(EVENT_TYPE.test(text)).toBe(isType)
  expect(EVENT_TYPE_PATTERN.test(text)).toBe(isPattern)
})
