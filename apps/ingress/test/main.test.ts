import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, afterAll, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { startFaultProxy } from '@redrive/testkit/fault-proxy'
import { createEmptyDatabase, createTestDatabase, query, type TestDatabase } from '@redrive/testkit/postgres'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const KEY = 'operator-key-of-the-tests-0123456789'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

interface Running {
  child: ChildProcess
  out: () => string
  err: () => string
  exit: Promise<number | null>
}

function start(env: Record<string, string>, stdio: 'alone' | 'with a parent' = 'alone'): Running {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(stdio === 'with a parent' ? (['ipc'] as const) : [])],
  })
  started.push(child)
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  // not the child's own `close`, which a closed IPC channel can keep from coming
  const said = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'))
  const exit = Promise.all([once(child, 'exit'), ...said]).then(([[code]]) => code as number | null)
  return { child, out: () => out, err: () => err, exit }
}

const complete = (): Record<string, string> => ({
  DATABASE_URL: database.url,
  REDRIVE_OPERATOR_KEY: KEY,
  REDRIVE_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
})

async function portOf({ out }: Running): Promise<number> {
  await eventually(() => out().includes('"listening"'), 'the ingress to listen')
  const line = out()
    .split('\n')
    .find((text) => text.includes('"listening"'))
  return (JSON.parse(line ?? '') as { port: number }).port
}

test('says at once what is missing, without a stack', async () => {
  const running = start({ PORT: 'x' })
  expect(await running.exit).toBe(1)
  for (const variable of ['PORT', 'DATABASE_URL', 'REDRIVE_OPERATOR_KEY', 'REDRIVE_ENCRYPTION_KEYS']) {
    expect(running.err()).toMatch(new RegExp(`^${variable}: `, 'm'))
  }
  expect(running.err()).not.toContain('    at ')
})

test.each([
  ['a contract that nobody knows', { CONTRACTS: 'fabric,evil' }, 'CONTRACTS'],
  ['keys that are not there', { JWT_ISSUER: 'a', JWT_AUDIENCE: 'b', JWT_JWKS_FILE: '/nowhere.json' }, 'JWT_JWKS_FILE'],
])('%s stops the start', async (_what, env, variable) => {
  const running = start({ ...complete(), ...env })
  expect(await running.exit).toBe(1)
  expect(running.err()).toMatch(new RegExp(`^${variable}: .*\\n$`))
})

test('a taken port is one line that says what to do', async () => {
  const first = start(complete())
  const second = start({ ...complete(), PORT: String(await portOf(first)) })
  expect(await second.exit).toBe(1)
  expect(second.err()).toMatch(/^Port [0-9]+ is taken by another process: .*PORT\.\n$/)
})

test('a signal answers what is in hand, and ends with 0', async () => {
  const running = start(complete())
  const port = await portOf(running)
  const socket = connect(port, '127.0.0.1')
  const heard: Buffer[] = []
  socket.on('data', (chunk) => heard.push(chunk))
  socket.write(`POST /v1/tenants HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\n`)
  socket.write('content-type: application/json\r\ncontent-length: 12\r\nexpect: 100-continue\r\n\r\n')
  await eventually(() => Buffer.concat(heard).includes('100 Continue'), 'the request to be in hand')
  running.child.kill('SIGTERM')
  await eventually(() => running.out().includes('"stopping"'), 'the stop')
  socket.write('{"name":"a"}')
  expect(await running.exit).toBe(0)
  expect(Buffer.concat(heard).toString()).toContain('HTTP/1.1 201 Created')
  expect(running.out()).toContain('"stopped"')
})

test('does not outlive its parent', async () => {
  const running = start(complete(), 'with a parent')
  await portOf(running)
  running.child.disconnect()
  expect(await running.exit).toBe(0)
})

test('starts without its database, and says so', async () => {
  const running = start({ ...complete(), DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/none' })
  const port = await portOf(running)
  expect((await fetch(`http://127.0.0.1:${String(port)}/livez`)).status).toBe(200)
  expect((await fetch(`http://127.0.0.1:${String(port)}/readyz`)).status).toBe(503)
})

test('refuses a database that was not migrated in one line', async () => {
  const empty = await createEmptyDatabase()
  try {
    const running = start({ ...complete(), DATABASE_URL: empty.url })
    expect(await running.exit).toBe(1)
    expect(running.err()).toMatch(/^the database lacks migration [^\n]* run "npm run migrate" first\n$/)
  } finally {
    await empty.drop()
  }
})

test('a database of a newer release that comes back only after the start ends it, in one line', async () => {
  const newer = await createTestDatabase()
  await query(
    newer.url,
    `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
     VALUES ('later', 'later', now(), '29990101000000_later', now(), 1)`,
  )
  const direct = new URL(newer.url)
  const proxy = await startFaultProxy({ host: direct.hostname, port: Number(direct.port) })
  const proxied = new URL(newer.url)
  proxied.host = `${proxy.host}:${String(proxy.port)}`
  try {
    proxy.refuse()
    const running = start({ ...complete(), DATABASE_URL: proxied.href })
    await portOf(running)
    await proxy.accept()
    expect(await running.exit).toBe(1)
    expect(running.err()).toMatch(
      /^the database has migration 29990101000000_later, which this release does not know: [^\n]*\n$/,
    )
  } finally {
    await proxy.close()
    await newer.drop()
  }
})

test('its metrics say how long the oldest owed delivery waits', async () => {
  const port = await portOf(start(complete()))
  const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`)
  expect(await answer.text()).toMatch(/^redrive_oldest_owed_seconds 0$/m)
})

test('without its database the metrics come all the same, with a gap', async () => {
  const port = await portOf(start({ ...complete(), DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/none' }))
  const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`)
  expect(answer.status).toBe(200)
  expect(await answer.text()).not.toMatch(/^redrive_oldest_owed_seconds/m)
})
