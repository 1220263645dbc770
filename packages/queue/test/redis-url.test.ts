import { expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import { createProducer } from '../src/index.ts'
import { parseRedisUrl } from '../src/redis-url.ts'

test.each([
  ['redis://127.0.0.1:6379/2', { kind: 'single' }],
  ['rediss://user:secret@cache.example.com', { kind: 'single' }],
  [
    'redis+sentinel://:p%40ss@a:1,b,[::1]:3/mymaster/4',
    {
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26379 },
        { host: '::1', port: 3 },
      ],
      master: 'mymaster',
      db: 4,
      tls: false,
      password: 'p@ss',
    },
  ],
  [
    'rediss+cluster://u:p@a:1,b:2',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      tls: true,
      username: 'u',
      password: 'p',
    },
  ],
])('reads %s', (url, target) => {
  expect(parseRedisUrl(url)).toMatchObject(target)
})

test.each([
  'http://127.0.0.1',
  'redis://',
  'redis+sentinel://:secret@a:1',
  'redis+sentinel://:secret@a:1/m/x',
  'redis+cluster://:secret@a:1:2',
  'redis+cluster://',
])('refuses %s without repeating it', (url) => {
  let message = ''
  try {
    parseRedisUrl(url)
  } catch (error) {
    message = String(error)
  }
  expect(message).toContain('REDIS_URL')
  expect(message).not.toContain('secret')
})

test('a cluster’s prefix must hold a hash tag', () => {
  const backend = { kind: 'redis', url: 'redis+cluster://127.0.0.1:1', prefix: 'redrive' } as const
  expect(() => createProducer({ backend, log: silentLog })).toThrow(expect.objectContaining({ code: 'redis_prefix' }))
})
