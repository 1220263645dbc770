import { describe, expect, test } from '@jest/globals'
import { DEFAULT_RETRY_POLICY } from '@redrive/core'
import { createEndpoint, retryPolicy, updateEndpoint, validate } from '@redrive/contracts'

const url = 'https://receiver.example/hook'

function pointers(schema: Parameters<typeof validate>[0], input: unknown): string[] {
  const result = validate(schema, input)
  return result.ok ? [] : result.errors.map((error) => error.pointer)
}

test('a URL is enough, and the rest is the documented defaults', () => {
  expect(validate(createEndpoint, { url })).toEqual({
    ok: true,
    value: {
      url,
      description: '',
      metadata: {},
      eventTypes: ['*'],
      channels: [],
      filter: null,
      status: 'active',
      signature: { scheme: 'standard' },
      bodyFormat: 'raw',
      headers: {},
      retryPolicy: null,
      rateLimit: null,
      maxConcurrency: null,
      ordering: 'none',
      disableAfterSeconds: 432_000,
      callbackUrl: null,
    },
  })
})

test('what is no integer is told so in plain words', () => {
  expect(validate(updateEndpoint, { timeoutSeconds: 1.5, rateLimit: { limit: 1.5 } })).toEqual({
    ok: false,
    errors: [
      { pointer: '/timeoutSeconds', detail: 'Expected an integer' },
      { pointer: '/rateLimit/limit', detail: 'Expected an integer' },
      { pointer: '/rateLimit/perSeconds', detail: 'This is required' },
    ],
  })
})

test('a patch changes what it names and nothing else', () => {
  expect(validate(updateEndpoint, {})).toEqual({ ok: true, value: {} })
  expect(validate(updateEndpoint, { filter: null, status: 'paused' })).toEqual({
    ok: true,
    value: { filter: null, status: 'paused' },
  })
  expect(pointers(updateEndpoint, { secret: 'whsec_x' })).toEqual(['/secret'])
})

test('headers become lower-case names with a value and whether it is sensitive', () => {
  const headers = { 'X-Team': 'a', Authorization: { value: 'b', sensitive: true }, 'x-c': { value: 'c' } }
  expect(validate(updateEndpoint, { headers })).toEqual({
    ok: true,
    value: {
      headers: {
        'x-team': { value: 'a', sensitive: false },
        authorization: { value: 'b', sensitive: true },
        'x-c': { value: 'c', sensitive: false },
      },
    },
  })
})

test('the hmac scheme has defaults too', () => {
  expect(validate(updateEndpoint, { signature: { scheme: 'hmac', header: 'X-Signature' } })).toEqual({
    ok: true,
    value: {
      signature: {
        scheme: 'hmac',
        algorithm: 'sha256',
        encoding: 'hex',
        header: 'x-signature',
        prefix: '',
        includeTimestamp: false,
      },
    },
  })
})

describe('refused', () => {
  test.each<[object, string]>([
    [{ url: undefined }, '/url'],
    [{ url: '' }, '/url'],
    [{ url: 'receiver.example' }, '/url'],
    [{ url: '/hook' }, '/url'],
    [{ url: 'ftp://receiver.example' }, '/url'],
    [{ url: 'javascript:alert(1)' }, '/url'],
    [{ url: 'https://user@receiver.example' }, '/url'],
    [{ url: 'https://:pass@receiver.example' }, '/url'],
    [{ url: 'https://receiver.example/\n' }, '/url'],
    [{ url: ` ${url}` }, '/url'],
    [{ url: `${url}/${'a'.repeat(2048)}` }, '/url'],
    [{ callbackUrl: 'https://u:p@receiver.example' }, '/callbackUrl'],
    [{ description: 'a\0' }, '/description'],
    [{ metadata: { a: 1 } }, '/metadata/a'],
    [{ metadata: { a: '\ud800' } }, '/metadata/a'],
    [
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${String(index)}`, ''])) },
      '/metadata',
    ],
    [{ eventTypes: [] }, '/eventTypes'],
    [{ eventTypes: ['ok', 'a.*.b'] }, '/eventTypes/1'],
    [{ eventTypes: '*' }, '/eventTypes'],
    [{ channels: [''] }, '/channels/0'],
    [{ filter: { 'data/x': { $foo: 1 } } }, '/filter/data~1x/$foo'],
    [{ filter: [] }, '/filter'],
    [{ status: 'open' }, '/status'],
    [{ secret: 'whsec_c2hvcnQ=' }, '/secret'],
    [{ signature: { scheme: 'none' } }, '/signature/scheme'],
    [{ signature: { scheme: 'hmac' } }, '/signature/header'],
    [{ signature: { scheme: 'hmac', header: 'host' } }, '/signature/header'],
    [{ signature: { scheme: 'hmac', header: 'x', algorithm: 'md5' } }, '/signature/algorithm'],
    [{ signature: { scheme: 'hmac', header: 'x', prefix: 'a\nb' } }, '/signature/prefix'],
    [{ signature: { scheme: 'standard', header: 'x' } }, '/signature/header'],
    [{ bodyFormat: 'xml' }, '/bodyFormat'],
    [{ headers: { 'Content-Length': '1' } }, '/headers/Content-Length'],
    [{ headers: { x: 'a\r\nb' } }, '/headers/x'],
    [{ headers: { x: 'a', X: 'b' } }, '/headers/X'],
    [{ headers: { x: 1 } }, '/headers/x'],
    [{ headers: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`x-${String(index)}`, ''])) }, '/headers'],
    [{ timeoutSeconds: 0 }, '/timeoutSeconds'],
    [{ timeoutSeconds: 61 }, '/timeoutSeconds'],
    [{ timeoutSeconds: '15' }, '/timeoutSeconds'],
    [{ timeoutSeconds: 1.5 }, '/timeoutSeconds'],
    [{ rateLimit: { limit: 0, perSeconds: 1 } }, '/rateLimit/limit'],
    [{ rateLimit: { limit: 1 } }, '/rateLimit/perSeconds'],
    [{ maxConcurrency: 0 }, '/maxConcurrency'],
    [{ maxConcurrency: 1.5 }, '/maxConcurrency'],
    [{ ordering: 'lifo' }, '/ordering'],
    [{ disableAfterSeconds: 0 }, '/disableAfterSeconds'],
    [{ disableAfterSeconds: 2_592_001 }, '/disableAfterSeconds'],
    [{ retryPolicy: { strategy: 'never' } }, '/retryPolicy/strategy'],
    [{ id: 'x' }, '/id'],
    [{ 'a/b': 1 }, '/a~1b'],
  ])('%j', (fields, pointer) => {
    expect(pointers(createEndpoint, { url, ...fields })).toEqual([pointer])
  })

  test('all problems at once, up to a bound, and no value repeated', () => {
    const result = validate(createEndpoint, {
      url,
      secret: 'hunter2',
      eventTypes: Array<string>(100).fill('not a type!'),
    })
    expect(result.ok ? [] : result.errors).toHaveLength(50)
    expect(JSON.stringify(result)).not.toMatch(/hunter2|not a type!/)
  })
})

describe('retry policies', () => {
  test.each([
    [DEFAULT_RETRY_POLICY],
    [{ strategy: 'schedule', delaysSeconds: [], jitter: 0 }],
    [{ strategy: 'schedule', delaysSeconds: Array<number>(50).fill(604_800), jitter: 1 }],
    [{ strategy: 'exponential', baseSeconds: 1, factor: 2, maxDelaySeconds: 3600, maxRetries: 50, jitter: 0.5 }],
    [{ strategy: 'linear', stepSeconds: 1, maxDelaySeconds: 60, maxRetries: 0, jitter: 0 }],
    [{ strategy: 'fixed', delaySeconds: 1, maxRetries: 3, jitter: 0, giveUpOn: { statuses: ['4xx'] } }],
    [{ strategy: 'fixed', delaySeconds: 1, maxRetries: 3, jitter: 0, retryOn: { statuses: ['5xx', '429'] } }],
  ])('%j', (policy) => {
    expect(validate(retryPolicy, policy)).toEqual({ ok: true, value: policy })
  })

  const fixed = { strategy: 'fixed', delaySeconds: 1, maxRetries: 1, jitter: 0 }
  const exponential = {
    strategy: 'exponential',
    baseSeconds: 1,
    factor: 2,
    maxDelaySeconds: 9,
    maxRetries: 1,
    jitter: 0,
  }

  test.each<[object, string, string]>([
    [{ ...fixed, delaySeconds: Infinity }, '/delaySeconds', '1 to 604800'],
    [{ ...fixed, delaySeconds: NaN }, '/delaySeconds', '1 to 604800'],
    [{ ...fixed, delaySeconds: -1 }, '/delaySeconds', '1 to 604800'],
    [{ ...fixed, delaySeconds: 0 }, '/delaySeconds', '1 to 604800'],
    [{ ...fixed, delaySeconds: 604_801 }, '/delaySeconds', '1 to 604800'],
    [{ ...fixed, delaySeconds: '5' }, '/delaySeconds', '1 to 604800'],
    [{ ...fixed, maxRetries: 51 }, '/maxRetries', '0 to 50'],
    [{ ...fixed, maxRetries: -1 }, '/maxRetries', '0 to 50'],
    [{ ...fixed, maxRetries: 1.5 }, '/maxRetries', '0 to 50'],
    [{ ...fixed, jitter: 1.1 }, '/jitter', '0 to 1'],
    [{ ...fixed, jitter: -0.1 }, '/jitter', '0 to 1'],
    [{ ...fixed, factor: 2 }, '/factor', 'no such field'],
    [{ ...fixed, retryOn: { statuses: ['2xx'] } }, '/retryOn/statuses/0', '3xx to 5xx'],
    [{ ...fixed, giveUpOn: { statuses: ['50x'] } }, '/giveUpOn/statuses/0', '3xx to 5xx'],
    [{ ...fixed, giveUpOn: { statuses: [500] } }, '/giveUpOn/statuses/0', 'string'],
    [{ ...exponential, factor: 0.5 }, '/factor', '1 to 100'],
    [{ ...exponential, factor: Infinity }, '/factor', '1 to 100'],
    [{ ...exponential, maxDelaySeconds: 1e9 }, '/maxDelaySeconds', '1 to 604800'],
    [{ strategy: 'schedule', delaysSeconds: Array<number>(10_000).fill(1) }, '/delaysSeconds', '0 to 50'],
    [{ strategy: 'schedule', delaysSeconds: [1, 0] }, '/delaysSeconds/1', '1 to 604800'],
    [{ strategy: 'schedule' }, '/delaysSeconds', 'required'],
    [{}, '/strategy', 'exponential'],
  ])('%j is refused, naming the rule', (policy, pointer, rule) => {
    expect(validate(retryPolicy, policy)).toEqual({
      ok: false,
      errors: [{ pointer, detail: expect.stringContaining(rule) }],
    })
  })
})
