import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '@redrive/testkit/postgres'
import { type PrivateRedis, redisAvailable, startPrivateRedis } from '@redrive/testkit/redis'

const PROGRAMS = ['ingress', 'worker', 'migrate'] as const

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

const complete = (): Record<string, string> => ({
  DATABASE_URL: database.url,
  REDRIVE_OPERATOR_KEY: 'operator-key-of-the-tests-0123456789',
  REDRIVE_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
})

/** How the program ends, which it has to by itself. */
async function endOf(program: (typeof PROGRAMS)[number], env: Record<string, string>): Promise<[number, string]> {
  const main = fileURLToPath(new URL(`../../${program}/src/main.ts`, import.meta.url))
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  started.push(child)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  // Node itself warns of NODE_TLS_REJECT_UNAUTHORIZED
  return [code, said.replaceAll(/^\(.*\n/gm, '')]
}

test.each(PROGRAMS)('%s does not start without keys, or with certificates unchecked', async (program) => {
  const [code, said] = await endOf(program, { DATABASE_URL: database.url, NODE_TLS_REJECT_UNAUTHORIZED: '0' })
  expect(code).toBe(1)
  for (const variable of ['REDRIVE_OPERATOR_KEY', 'REDRIVE_ENCRYPTION_KEYS', 'NODE_TLS_REJECT_UNAUTHORIZED']) {
    expect(said).toMatch(new RegExp(`^${variable}: `, 'm'))
  }
  expect(said).not.toContain('    at ')
})

test.each(PROGRAMS)('%s does not start on a Sentinel URL that names no master', async (program) => {
  const [code, said] = await endOf(program, { ...complete(), REDIS_URL: 'redis+sentinel://:hunter2@127.0.0.1:1' })
  expect([code, said]).toEqual([1, expect.stringMatching(/^REDIS_URL can't be used: .*master’s name.*\n$/)])
  expect(said).not.toContain('hunter2')
})

const describeRedis = redisAvailable() || process.env['CI'] === 'true' ? describe : describe.skip

describeRedis('a Redis that evicts', () => {
  let redis: PrivateRedis
  beforeAll(async () => {
    redis = await startPrivateRedis({ settings: { maxmemory: '64mb', 'maxmemory-policy': 'allkeys-lru' } })
  })
  afterAll(() => redis.stop())

  test.each(PROGRAMS)('%s does not start on it', async (program) => {
    const [code, said] = await endOf(program, { ...complete(), REDIS_URL: redis.url })
    expect([code, said]).toEqual([1, expect.stringMatching(/^Redis would drop jobs .*allkeys-lru.*noeviction\.\n$/)])
  })
})
