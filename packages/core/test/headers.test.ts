import { expect, test } from '@jest/globals'
import { checkHeader } from '@redrive/core'

test.each([
  ['x-team', 'a'],
  ['Authorization', 'Bearer abc.def-_~+/='],
  ['x', ''],
  ["!#$%&'*+-.^_`|~09az", 'spaces and\ttabs'],
  ['x-long', 'a'.repeat(4096)],
])('%s: %j is allowed', (name, value) => {
  expect(checkHeader(name, value)).toBeNull()
})

test.each([
  ['Webhook-Id', 'reserved'],
  ['webhook-anything', 'reserved'],
  ['Redrive-Attempt', 'reserved'],
  ['host', 'reserved'],
  ['Content-Length', 'reserved'],
  ['content-type', 'reserved'],
  ['User-Agent', 'reserved'],
  ['date', 'reserved'],
  ['__proto__', 'reserved'],
  ['Connection', 'hop-by-hop'],
  ['keep-alive', 'hop-by-hop'],
  ['Proxy-Authorization', 'hop-by-hop'],
  ['te', 'hop-by-hop'],
  ['trailer', 'hop-by-hop'],
  ['Transfer-Encoding', 'hop-by-hop'],
  ['upgrade', 'hop-by-hop'],
  ['expect', 'hop-by-hop'],
  ['', 'letters'],
  ['x y', 'letters'],
  ['x:', 'letters'],
  ['x\r\ny', 'letters'],
  ['x\n', 'letters'],
  ['ü', 'letters'],
  ['x'.repeat(129), '128'],
])('the name %j is refused (%s)', (name, rule) => {
  expect(checkHeader(name, 'v')).toContain(rule)
})

test.each(['a\r\nb: c', 'a\n', '\0', 'é', '\x7f', '\x1b'])('the value %j is refused', (value) => {
  expect(checkHeader('x', value)).toContain('visible ASCII')
})

test('a value that is too long is refused', () => {
  expect(checkHeader('x', 'a'.repeat(4097))).toContain('4096')
})
