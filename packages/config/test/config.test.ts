import { describe, expect, test } from '@jest/globals'
import { ConfigError, parseConfig, parseServiceConfig } from '../src/index.ts'
import type { Environment } from '../src/index.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const SERVICE = {
  DATABASE_URL: 'postgresql://redrive:hunter2@db:5432/redrive',
  REDRIVE_OPERATOR_KEY: 'an-operator-key-of-some-length',
  REDRIVE_ENCRYPTION_KEYS: KEY,
}

function problems(parse: (env: Environment) => unknown, env: Environment): string[] {
  try {
    parse(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable }) => variable).sort()
    throw error
  }
  return []
}

test('an empty environment is standalone, with the documented defaults', () => {
  expect(parseConfig({})).toMatchObject({
    mode: 'standalone',
    dataDir: '.redrive',
    database: null,
    http: { host: '127.0.0.1', port: 3000, payloadMaxBytes: 262_144 },
    delivery: { allowNetworks: ['127.0.0.0/8', '::1/128'], timeoutSeconds: 15, retryPolicy: { strategy: 'schedule' } },
    log: { level: 'info', format: 'pretty' },
    security: { operatorKey: null, encryptionKeys: null },
  })
})

test('a database makes it a service: open to the network, closed to private receivers, logging JSON', () => {
  expect(parseConfig(SERVICE)).toMatchObject({
    mode: 'postgres',
    http: { host: '0.0.0.0' },
    delivery: { allowNetworks: [] },
    log: { format: 'json' },
    queue: { kind: 'postgres', connectionString: SERVICE.DATABASE_URL },
    security: { encryptionKeys: [Buffer.alloc(32, 7)] },
  })
})

test('Redis makes it scaled', () => {
  const config = parseServiceConfig({ ...SERVICE, REDIS_URL: 'rediss://:pass@cache:6380/0' })
  expect(config).toMatchObject({ mode: 'scaled', queue: { kind: 'redis', prefix: '{redrive}' } })
  const sentinel = 'redis+sentinel://a:26379,b:26379/main'
  expect(parseServiceConfig({ ...SERVICE, REDIS_URL: sentinel }).queue).toMatchObject({ url: sentinel })
  expect(problems(parseServiceConfig, { ...SERVICE, REDIS_URL: 'http://cache' })).toEqual(['REDIS_URL'])
})

test('an empty value is no value, except that no networks means none', () => {
  expect(parseConfig({ PORT: '', DATABASE_URL: '', CONTRACTS: '' })).toEqual(parseConfig({}))
  expect(parseConfig({ DELIVERY_ALLOW_NETWORKS: '' }).delivery.allowNetworks).toEqual([])
})

test('lists and keys are taken apart, the first key first', () => {
  const second = Buffer.alloc(32, 9)
  const config = parseConfig({
    DELIVERY_ALLOW_NETWORKS: '10.0.0.0/8, fd00::/8',
    CONTRACTS: 'fabric,violet',
    REDRIVE_ENCRYPTION_KEYS: `${KEY},${second.toString('base64url')}`,
  })
  expect(config.delivery.allowNetworks).toEqual(['10.0.0.0/8', 'fd00::/8'])
  expect(config.http.contracts).toEqual(['fabric', 'violet'])
  expect(config.security.encryptionKeys?.map((key) => key[0])).toEqual([7, 9])
  expect(parseConfig({ CONTRACTS: 'none' }).http.contracts).toEqual([])
})

test('the retry policy is checked as the API checks it', () => {
  const policy = { strategy: 'fixed', delaySeconds: 60, maxRetries: 3, jitter: 0 }
  expect(parseConfig({ DEFAULT_RETRY_POLICY: JSON.stringify(policy) }).delivery.retryPolicy).toEqual(policy)
})

test('when breakers open', () => {
  expect(parseConfig({}).delivery.breaker).toEqual({ failures: 20, overSeconds: 10, firstProbeSeconds: 30 })
  const env = { BREAKER_FAILURES: '5', BREAKER_SECONDS: '60', BREAKER_PROBE_SECONDS: '600' }
  expect(parseConfig(env).delivery.breaker).toEqual({ failures: 5, overSeconds: 60, firstProbeSeconds: 600 })
})

test('JWTs: one issuer, one audience and one source of keys, or none of them', () => {
  const jwt = { JWT_ISSUER: 'https://issuer.example/', JWT_AUDIENCE: 'redrive' }
  const secret = 'a-secret-of-at-least-thirty-two-bytes'
  const url = 'https://issuer.example/keys'
  expect(parseConfig({}).jwt).toBeNull()
  const keysOf = (env: Environment) => parseConfig({ ...jwt, ...env }).jwt
  const common = { issuer: jwt.JWT_ISSUER, audience: jwt.JWT_AUDIENCE }
  expect(keysOf({ JWT_HS256_SECRET: secret })).toEqual({ ...common, keys: { kind: 'hs256', secret } })
  expect(keysOf({ JWT_JWKS_FILE: 'keys.json' })).toEqual({ ...common, keys: { kind: 'file', path: 'keys.json' } })
  expect(keysOf({ JWT_JWKS_URL: url })).toEqual({ ...common, keys: { kind: 'url', url } })
  expect(problems(parseConfig, jwt)).toEqual(['JWT_HS256_SECRET'])
  expect(problems(parseConfig, { JWT_JWKS_URL: url })).toEqual(['JWT_AUDIENCE', 'JWT_ISSUER'])
  expect(problems(parseConfig, { ...jwt, JWT_JWKS_URL: url, JWT_HS256_SECRET: secret })).toEqual(['JWT_JWKS_URL'])
  expect(problems(parseServiceConfig, { ...SERVICE, ...jwt })).toEqual(['JWT_HS256_SECRET'])
})

describe('refused, naming the variable', () => {
  const cases: Environment[] = [
    { PORT: '70000' },
    { PORT: '3000abc' },
    { PORT: '-1' },
    { DELIVERY_ALLOW_NETWORKS: '10.0.0.0/33' },
    { DELIVERY_ALLOW_NETWORKS: '10.0.0.1' },
    { JWT_HS256_SECRET: 'short' },
    { JWT_JWKS_URL: 'http://issuer.example/keys' },
    { DEFAULT_RETRY_POLICY: '{' },
    { DEFAULT_RETRY_POLICY: '{"strategy":"fixed","delaySeconds":0,"maxRetries":3}' },
    { REDRIVE_ENCRYPTION_KEYS: 'c2hvcnQ=' },
    { REDRIVE_ENCRYPTION_KEYS: ',' },
    { REDRIVE_OPERATOR_KEY: 'short' },
    { LOG_LEVEL: 'trace' },
    { LOG_FORMAT: 'xml' },
    { WORKER_CONCURRENCY: '0' },
    { BREAKER_FAILURES: '0' },
    { BREAKER_SECONDS: '1.5' },
    { BREAKER_PROBE_SECONDS: '3601' },
    { DELIVERY_TIMEOUT_SECONDS: '61' },
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
  ]
  test.each(cases)('%j', (env) => {
    expect(problems(parseConfig, env)).toEqual(Object.keys(env))
  })
})

test('all problems are told at once, each with what to do, and no value is repeated', () => {
  const env = { DATABASE_URL: 'mysql://root:hunter2@db/x', PORT: 'hunter2', REDRIVE_OPERATOR_KEY: 'hunter2' }
  const error = (() => {
    try {
      return parseConfig(env)
    } catch (caught) {
      return caught
    }
  })()
  expect(error).toBeInstanceOf(ConfigError)
  const message = String(error)
  for (const name of [...Object.keys(env), 'REDRIVE_ENCRYPTION_KEYS']) expect(message).toContain(name)
  expect(message).toContain('randomBytes(32)')
  expect(message).not.toContain('hunter2')
})

test('a service without its keys, and Redis without a database, do not start', () => {
  expect(problems(parseConfig, { DATABASE_URL: SERVICE.DATABASE_URL })).toEqual([
    'REDRIVE_ENCRYPTION_KEYS',
    'REDRIVE_OPERATOR_KEY',
  ])
  expect(problems(parseConfig, { ...SERVICE, DATABASE_URL: undefined, REDIS_URL: 'redis://x' })).toEqual([
    'DATABASE_URL',
  ])
  expect(problems(parseServiceConfig, {})).toEqual(['DATABASE_URL', 'REDRIVE_ENCRYPTION_KEYS', 'REDRIVE_OPERATOR_KEY'])
})
