import { once } from 'node:events'
import type { Socket } from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { getLogs } from '@prisma/debug'
import { DEFAULT_RETRY_POLICY } from '@redrive/core'
import { silentLog } from '@redrive/runtime'
import type { FaultProxy } from '@redrive/testkit/fault-proxy'
import { startFaultProxy } from '@redrive/testkit/fault-proxy'
import type { TestDatabase } from '@redrive/testkit/postgres'
import { eventually } from '@redrive/testkit/conditions'
import { bytesGrownOldBy, MB } from '@redrive/testkit/garbage'
import { createTestDatabase } from '@redrive/testkit/postgres'
import { openDb, openPool } from '../src/db.ts'
import { StoreUnavailable } from '../src/errors.ts'
import { createStore } from '../src/store.ts'
import { newEvent, sealer } from './repositories/fixture.ts'

const QUERY_TIMEOUT_MS = 2_000

let database: TestDatabase
let proxy: FaultProxy
let store: ReturnType<typeof createStore>
beforeEach(async () => {
  database = await createTestDatabase()
  const url = new URL(database.url)
  proxy = await startFaultProxy({ port: Number(url.port) })
  url.port = String(proxy.port)
  store = createStore({
    databaseUrl: url.href,
    poolSize: 3,
    sealer,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    log: silentLog,
  })
})
afterEach(async () => {
  await store.close()
  await proxy.close()
  await database.drop()
})

async function newTenantId(): Promise<string> {
  const answer = await store.tenants.create({ name: 'Acme' })
  if ('conflict' in answer) throw new Error('the tenant could not be made')
  return answer.tenant.id
}

test('what a process that is gone has locked is free again soon', async () => {
  const pool = openPool({ databaseUrl: database.url, poolSize: 1 })
  const { rows } = await pool.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings
     WHERE name IN ('idle_in_transaction_session_timeout', 'tcp_keepalives_idle') ORDER BY name`,
  )
  await pool.end()
  // in ms and in s
  expect(rows.map(({ setting }) => setting)).toEqual(['15000', '10'])
})

test('a connection that PostgreSQL ends while somebody holds it does not end the process', async () => {
  const pool = openPool({ databaseUrl: database.url, poolSize: 2 })
  const client = await pool.connect()
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const ended = new Promise<void>((resolve) => client.once('end', resolve))
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
  await ended
  await expect(client.query('SELECT 1')).rejects.toThrow('not queryable')
  client.release()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await pool.end()
})

test('the driver’s log remembers nothing of the statements that are over', async () => {
  const secret = 'what was published'
  for (let n = 0; n < 5; n++) await store.tenants.create({ name: `${secret} ${String(n)}` })
  expect(getLogs()).not.toContain(`${secret} 3`)
})

test('a client that is held is ended when it hangs, and not when it is idle', async () => {
  const url = new URL(database.url)
  url.port = String(proxy.port)
  const pool = openPool({ databaseUrl: url.href, poolSize: 1, queryTimeoutMs: 300 })
  const client = await pool.connect()
  // of every client of pg, though its types leave it out
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  await once(stream, 'timeout')
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  proxy.pause()
  await expect(client.query('SELECT 1')).rejects.toThrow('Query read timeout')
  proxy.resume()
  client.release()
  await pool.end()
})

test('a statement that is over is garbage for the next collection of young objects', async () => {
  const script = path.join(import.meta.dirname, 'query-often.ts')
  expect(await bytesGrownOldBy(script, database.url)).toBeLessThan(12 * MB)
})

test('an event goes all the way, and times survive a server in another time zone', async () => {
  const tenantId = await newTenantId()
  const deliverAt = new Date('2026-01-02T03:04:05.678Z')
  const event = newEvent({ tenantId, createdAt: new Date(), deliverAt })
  await store.events.publish([event])
  expect(await store.events.get(tenantId, event.id)).toMatchObject({ createdAt: event.createdAt, deliverAt })
  expect(await store.ledger.fanOut([event.id])).toEqual([])
  expect(await store.ensurePartitions(7)).toBe(0)
})

describe('a database that is away is StoreUnavailable, with its cause, everywhere', () => {
  const calls: [string, () => Promise<unknown>][] = [
    ['ping', () => store.ping()],
    ['a model query', () => store.tenants.list({ limit: 1 })],
    ['a transaction', () => store.tenants.delete('01890000-0000-7000-8000-000000000000')],
    ['a raw statement', () => store.ledger.sweep(10, 10)],
    ['a batch', () => store.events.publish([newEvent({ tenantId: '01890000-0000-7000-8000-000000000000' })])],
  ]

  test.each(calls)('refused: %s', async (_, call) => {
    proxy.refuse()
    const error: unknown = await call().then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error).toMatchObject({ code: 'store_unavailable', cause: expect.anything() })
  })

  test.each(calls)('cut off, and well again afterwards: %s', async (_, call) => {
    await store.ping()
    proxy.pause()
    const answer = call().then(
      () => null,
      (reason: unknown) => reason,
    )
    proxy.cut()
    expect(await answer).toBeInstanceOf(StoreUnavailable)
    proxy.resume()
    await store.ping()
  })
})

test('a database that hangs is StoreUnavailable after the query timeout, and nothing of it is written', async () => {
  const tenantId = await newTenantId()
  const event = newEvent({ tenantId })
  proxy.pause()
  await expect(store.events.publish([event])).rejects.toBeInstanceOf(StoreUnavailable)
  // the connection that hung is given up, for a new one, and so are those that were idle once they are known to be cut
  proxy.cut()
  proxy.resume()
  await eventually(() => store.pool().idle === 0, 'the pools to notice')
  expect(await store.events.get(tenantId, event.id)).toBeNull()
})

test('a store that is closed is StoreUnavailable for whoever still comes', async () => {
  const { db, close } = openDb({ databaseUrl: database.url, poolSize: 1 })
  await close()
  await expect(db.$queryRaw`SELECT 1`).rejects.toBeInstanceOf(StoreUnavailable)
})

test('a fault that is not the connection’s is not translated', async () => {
  await expect(store.ledger.claim([{ deliveryId: 'no uuid', round: 0 }], 30)).rejects.not.toBeInstanceOf(
    StoreUnavailable,
  )
})
