import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createSealer, DEFAULT_RETRY_POLICY } from '@redrive/core'
import { silentLog } from '@redrive/runtime'
import { createStore } from '@redrive/store'
import { createTestDatabase, type TestDatabase } from '@redrive/testkit/postgres'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

function storeWith(keys: Buffer[]) {
  const sealer = createSealer(keys)
  return createStore({
    databaseUrl: database.url,
    poolSize: 2,
    sealer,
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    log: silentLog,
  })
}

async function run(keys: Buffer[]): Promise<{ stdout: string; stderr: string; code?: number }> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    REDRIVE_OPERATOR_KEY: 'operator-key-of-the-tests-0123456789',
    REDRIVE_ENCRYPTION_KEYS: keys.map((key) => key.toString('base64')).join(','),
  }
  // what fails to exit with 0 has the same members as what does not
  return promisify(execFile)(process.execPath, [MAIN], { env }).catch(
    (error: unknown) => error as { stdout: string; stderr: string; code: number },
  )
}

test('rotates a key: both, re-encrypt, the new one alone', async () => {
  const old = storeWith([oldKey])
  const made = await old.tenants.create({ name: 'Ours' })
  if ('conflict' in made) throw new Error('the tenant could not be made')
  const endpoint = await old.endpoints.create(made.tenant.id, {
    url: 'https://receiver.example/',
    description: '',
    metadata: {},
    eventTypes: ['*'],
    channels: [],
    filter: null,
    signature: { scheme: 'standard' },
    bodyFormat: 'raw',
    headers: { 'x-key': { value: 'value-of-x-key', sensitive: true } },
    retryPolicy: null,
    timeoutSeconds: 15,
    rateLimit: null,
    maxConcurrency: null,
    ordering: 'none',
    disableAfterSeconds: null,
    callbackUrl: null,
    secret: SECRET,
    status: 'active',
  })
  await old.close()

  const tooEarly = await run([newKey])
  expect(tooEarly).toMatchObject({
    code: 1,
    stdout: 'Sealed anew: 0. Under the first key already: 0. Not readable: 1.\n',
  })
  expect(tooEarly.stderr).toContain(endpoint.id)
  expect((await run([newKey, oldKey])).stdout).toBe(
    'Sealed anew: 2. Under the first key already: 0. Not readable: 0.\n',
  )
  expect((await run([newKey])).stdout).toBe('Sealed anew: 0. Under the first key already: 2. Not readable: 0.\n')
  const now = storeWith([newKey])
  expect(await now.endpoints.secret(made.tenant.id, endpoint.id)).toBe(SECRET)
  await now.close()
})
