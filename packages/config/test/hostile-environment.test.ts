import { describe, expect, test } from '@jest/globals'
import { ConfigError, parseConfig, parseServiceConfig } from '../src/index.ts'
import type { Environment } from '../src/index.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const complete: Environment = {
  DATABASE_URL: 'postgresql://redrive:hunter2hunter2@db.example/redrive',
  REDRIVE_OPERATOR_KEY: 'an-operator-key-of-some-length',
  REDRIVE_ENCRYPTION_KEYS: KEY,
}

function refused(env: Environment, parse: (env: Environment) => unknown = parseServiceConfig): string[] {
  try {
    parse(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    // whatever the value was, it is not said again: it may be a secret in the wrong place
    for (const value of Object.values(env)) {
      if (value !== undefined && value.length > 6) expect(error.message).not.toContain(value)
    }
    return error.problems.map(({ variable }) => variable)
  }
  return []
}

test('what is complete is taken', () => {
  expect(refused(complete)).toEqual([])
  expect(parseServiceConfig(complete)).toMatchObject({
    http: { trustProxy: 0 },
    delivery: { allowNetworks: [], proxyUrl: null, deniedPorts: expect.arrayContaining([22, 25, 6379]) },
  })
})

describe('production does not start', () => {
  test.each<[string, Environment, string]>([
    ['without encryption keys', { REDRIVE_ENCRYPTION_KEYS: undefined }, 'REDRIVE_ENCRYPTION_KEYS'],
    ['with an empty list of encryption keys', { REDRIVE_ENCRYPTION_KEYS: '' }, 'REDRIVE_ENCRYPTION_KEYS'],
    ['with nothing but commas for keys', { REDRIVE_ENCRYPTION_KEYS: ' , ,' }, 'REDRIVE_ENCRYPTION_KEYS'],
    ['with an encryption key of 16 bytes', { REDRIVE_ENCRYPTION_KEYS: KEY.slice(0, 24) }, 'REDRIVE_ENCRYPTION_KEYS'],
    ['with a pass phrase for a key', { REDRIVE_ENCRYPTION_KEYS: 'correct horse battery' }, 'REDRIVE_ENCRYPTION_KEYS'],
    ['with one wrong key beside a right one', { REDRIVE_ENCRYPTION_KEYS: `${KEY},zzz` }, 'REDRIVE_ENCRYPTION_KEYS'],
    ['without an operator key', { REDRIVE_OPERATOR_KEY: undefined }, 'REDRIVE_OPERATOR_KEY'],
    ['with an empty operator key', { REDRIVE_OPERATOR_KEY: '' }, 'REDRIVE_OPERATOR_KEY'],
    ['with a short operator key', { REDRIVE_OPERATOR_KEY: 'changeme' }, 'REDRIVE_OPERATOR_KEY'],
    [
      'with an operator key that no header can carry',
      { REDRIVE_OPERATOR_KEY: `a\n${'b'.repeat(30)}` },
      'REDRIVE_OPERATOR_KEY',
    ],
    ['with certificates unchecked', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED'],
    ['on another database', { DATABASE_URL: 'mysql://db.example/redrive' }, 'DATABASE_URL'],
    ['with a network without its length', { DELIVERY_ALLOW_NETWORKS: '10.0.0.1' }, 'DELIVERY_ALLOW_NETWORKS'],
    ['with a network too long', { DELIVERY_ALLOW_NETWORKS: '10.0.0.0/33' }, 'DELIVERY_ALLOW_NETWORKS'],
    ['with a name for a network', { DELIVERY_ALLOW_NETWORKS: 'localhost' }, 'DELIVERY_ALLOW_NETWORKS'],
    ['with port 0 denied', { DELIVERY_DENIED_PORTS: '22,0' }, 'DELIVERY_DENIED_PORTS'],
    ['with a port above all', { DELIVERY_DENIED_PORTS: '65536' }, 'DELIVERY_DENIED_PORTS'],
    ['with a range of ports', { DELIVERY_DENIED_PORTS: '1-1023' }, 'DELIVERY_DENIED_PORTS'],
    ['with a SOCKS proxy', { DELIVERY_PROXY_URL: 'socks5://user:hunter2@proxy.example:1080' }, 'DELIVERY_PROXY_URL'],
    ['with a proxy without a scheme', { DELIVERY_PROXY_URL: 'proxy.example:3128' }, 'DELIVERY_PROXY_URL'],
    ['trusting every proxy', { TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
    ['trusting every IPv4 address', { TRUST_PROXY: '10.0.0.0/8,0.0.0.0/0' }, 'TRUST_PROXY'],
    ['trusting every IPv6 address', { TRUST_PROXY: '::/00' }, 'TRUST_PROXY'],
    ['trusting less than none', { TRUST_PROXY: '-1' }, 'TRUST_PROXY'],
    ['trusting a name', { TRUST_PROXY: 'loopback' }, 'TRUST_PROXY'],
    ['trusting an address that is none', { TRUST_PROXY: '10.0.0.256/32' }, 'TRUST_PROXY'],
    ['with a Redis that is none', { REDIS_URL: 'http://redis.example:6379' }, 'REDIS_URL'],
    ['with a Redis without a host', { REDIS_URL: 'redis:///0' }, 'REDIS_URL'],
    ['with a Sentinel without a host', { REDIS_URL: 'redis+sentinel:///mymaster' }, 'REDIS_URL'],
    ['with a payload of a gigabyte', { PAYLOAD_MAX_BYTES: '1073741824' }, 'PAYLOAD_MAX_BYTES'],
    ['with a number that is none', { WORKER_CONCURRENCY: '1e3' }, 'WORKER_CONCURRENCY'],
    ['with a port in hexadecimal', { PORT: '0x50' }, 'PORT'],
  ])('%s', (_what, change, variable) => {
    expect(refused({ ...complete, ...change })).toEqual([variable])
  })

  test.each(['everybody', '0.0.0.0/0', '10.0.0.0/8,::/00'])('and says what proxies may be: %s', (text) => {
    expect(() => parseServiceConfig({ ...complete, TRUST_PROXY: text })).toThrow(
      'TRUST_PROXY: must be the number of proxies in front, or their networks',
    )
  })

  test('and `npm start` on a named database keeps to the same', () => {
    expect(refused({ DATABASE_URL: complete['DATABASE_URL'] }, parseConfig)).toEqual([
      'REDRIVE_OPERATOR_KEY',
      'REDRIVE_ENCRYPTION_KEYS',
    ])
    expect(refused({ REDIS_URL: 'redis://localhost' }, parseConfig)).toContain('DATABASE_URL')
    expect(refused({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, parseConfig)).toEqual(['NODE_TLS_REJECT_UNAUTHORIZED'])
  })
})

test.each([
  ['redis://:p%40ss@redis.example:6379/1'],
  ['rediss://redis.example'],
  ['redis+sentinel://user:secret@one.example:26379,two.example:26379/mymaster/0'],
  ['rediss+sentinel://one.example,two.example/mymaster'],
  ['redis+cluster://one.example:6379,two.example:6379,[fd00::1]:6379'],
  ['rediss+cluster://:secret@one.example'],
])('%s is taken', (url) => {
  expect(parseServiceConfig({ ...complete, REDIS_URL: url })).toMatchObject({
    mode: 'scaled',
    queue: { kind: 'redis', url },
  })
})

test.each<[string, number | string[]]>([
  ['0', 0],
  ['2', 2],
  ['10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
])('TRUST_PROXY=%s', (text, trustProxy) => {
  expect(parseServiceConfig({ ...complete, TRUST_PROXY: text }).http.trustProxy).toEqual(trustProxy)
})

test('networks, ports and the proxy can be opened and closed', () => {
  const { delivery } = parseServiceConfig({
    ...complete,
    DELIVERY_ALLOW_NETWORKS: '10.1.0.0/16,fd00::/8',
    DELIVERY_DENIED_PORTS: '',
    DELIVERY_PROXY_URL: 'http://user:secret@proxy.example:3128',
  })
  expect(delivery).toMatchObject({
    allowNetworks: ['10.1.0.0/16', 'fd00::/8'],
    deniedPorts: [],
    proxyUrl: 'http://user:secret@proxy.example:3128',
  })
})

test('standalone alone may send to this machine, and an empty list closes that too', () => {
  expect(parseConfig({}).delivery.allowNetworks).toEqual(['127.0.0.0/8', '::1/128'])
  expect(parseConfig({ DELIVERY_ALLOW_NETWORKS: '' }).delivery.allowNetworks).toEqual([])
  expect(parseServiceConfig(complete).delivery.allowNetworks).toEqual([])
})
