import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, test } from '@jest/globals'
import { QUEUES } from '@redrive/contracts'
import { silentLog } from '@redrive/runtime'
import { eventually } from '@redrive/testkit/conditions'
import { createTestDatabase } from '@redrive/testkit/postgres'
import { redisAvailable, startPrivateRedis } from '@redrive/testkit/redis'
import { Redis } from 'ioredis'
import pg from 'pg'
import { createConsumer, createProducer, migrateQueue } from '../src/index.ts'
import type { QueueBackend } from '../src/index.ts'
import { withOneListener } from '../src/one-listener.ts'
import { openPool } from '../src/postgres.ts'
import { deliverJob } from './support.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A consumer of each queue; the jobs that they have seen. */
function consumeAll(backend: QueueBackend): string[] {
  const seen: string[] = []
  for (const queue of QUEUES) {
    const handler = (_payload: unknown, { jobId }: { jobId: string }): Promise<{ kind: 'done' }> => {
      seen.push(jobId)
      return Promise.resolve({ kind: 'done' })
    }
    const consumer = createConsumer({ backend, queue, handler, concurrency: 4, log: silentLog })
    closing.push(() => consumer.close(1000))
  }
  return seen
}

/** A job through a producer and a consumer of each queue. */
async function passOneJob(backend: QueueBackend): Promise<void> {
  await migrateQueue(backend)
  const seen = consumeAll(backend)
  const producer = createProducer({ backend, log: silentLog })
  closing.push(() => producer.close())
  const jobs = Array.from({ length: 20 }, () => deliverJob())
  await producer.add(jobs)
  await eventually(() => seen.length === 20, 'the jobs')
  expect(new Set(seen)).toEqual(new Set(jobs.map(({ id }) => id)))
}

test('a connection that PostgreSQL ends while somebody holds it does not end the process', async () => {
  const database = await createTestDatabase()
  closing.push(() => database.drop())
  const pool = openPool({ kind: 'postgres', connectionString: database.url, poolSize: 2 })
  closing.push(() => pool.end())
  const client = await pool.connect()
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const ended = new Promise<void>((resolve) => client.once('end', resolve))
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
  await ended
  await expect(client.query('SELECT 1')).rejects.toThrow('not queryable')
  client.release()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('on PostgreSQL a commit waits for no disk, and the first job of many begins before all are taken', async () => {
  const database = await createTestDatabase()
  closing.push(() => database.drop())
  const backend: QueueBackend = { kind: 'postgres', connectionString: database.url, poolSize: 2 }
  await migrateQueue(backend)
  const pool = openPool(backend)
  closing.push(() => pool.end())
  expect((await pool.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'off' }])
  const producer = createProducer({ backend, log: silentLog })
  closing.push(() => producer.close())
  await producer.add(Array.from({ length: 30 }, () => deliverJob()))
  const taken: number[] = []
  let asking: Promise<unknown> | undefined
  const consumer = createConsumer({
    backend,
    queue: 'deliver',
    concurrency: 30,
    log: silentLog,
    handler: async () => {
      asking ??= pool
        .query<{ count: number }>(`SELECT count(*)::int AS count FROM job WHERE state = 'active'`)
        .then(({ rows }) => taken.push(rows[0]?.count ?? NaN))
      await asking
      return { kind: 'done' }
    },
  })
  closing.push(() => consumer.close(0))
  await eventually(() => taken.length === 1, 'the first job')
  expect(taken[0]).toBeLessThan(30)
})

test('on PostgreSQL all queues of a process share a few connections, and leave none behind', async () => {
  const database = await createTestDatabase()
  closing.push(() => database.drop())
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  closing.push(() => client.end())
  const connections = async (): Promise<number> => {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    return rows[0]?.count ?? 0
  }
  const before = closing.length
  await passOneJob({ kind: 'postgres', connectionString: database.url, poolSize: 2 })
  // one for each queue's consumer, which is known by its name, and one that hears of jobs for all
  expect(await connections()).toBeLessThanOrEqual(2 + QUEUES.length + 1)
  for (const close of closing.splice(before).reverse()) await close()
  await eventually(async () => (await connections()) === 0, 'no connection left')
})

test('on PostgreSQL one connection of a process hears of new jobs, and another one when that breaks', async () => {
  const database = await createTestDatabase()
  closing.push(() => database.drop())
  const backend: QueueBackend = { kind: 'postgres', connectionString: database.url, poolSize: 2 }
  await migrateQueue(backend)
  const seen = consumeAll(backend)
  const producer = createProducer({ backend, log: silentLog })
  closing.push(() => producer.close())
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  closing.push(() => client.end())
  const listening = async (): Promise<number[]> => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'redrive-queue-listener'`,
    )
    return rows.map(({ pid }) => pid)
  }
  /** One after the other, each when nothing is left to do: by the looks of who is idle alone, each would take up to two seconds. */
  const passSome = async (): Promise<void> => {
    const began = performance.now()
    for (let n = 0; n < 5; n++) {
      const job = deliverJob()
      await producer.add([job])
      await eventually(() => seen.includes(job.id), 'the job')
    }
    expect(performance.now() - began).toBeLessThan(4_000)
  }
  await eventually(async () => (await listening()).length === 1, 'one to listen')
  await passSome()

  const [broken] = await listening()
  await client.query('SELECT pg_terminate_backend($1)', [broken])
  await eventually(async () => {
    const [now, ...more] = await listening()
    return now !== undefined && now !== broken && more.length === 0
  }, 'another one to listen')
  await passSome()
})

test('a connection that may not listen is ended, and jobs are heard of by the consumers’ own', async () => {
  const ended: string[] = []
  const asked: string[] = []
  const own = new EventEmitter()
  const { pool } = withOneListener(
    {
      query: () => Promise.reject(new Error('not asked')),
      end: () => Promise.resolve(),
      on: () => pool,
      removeAllListeners: () => pool,
      connect: () =>
        Promise.resolve(
          Object.assign(own, {
            query: (text: string) => {
              asked.push(text)
              return Promise.resolve({ rows: [] })
            },
            release: () => ended.push('own'),
          }),
        ),
    },
    () =>
      Promise.resolve(
        Object.assign(new EventEmitter(), {
          query: () => Promise.reject(new Error('cannot execute LISTEN during recovery')),
          end: () => {
            ended.push('listener')
            return Promise.resolve()
          },
        }),
      ),
  )
  const client = await pool.connect()
  await client.query('LISTEN bullmq_jobs')
  expect({ ended, asked }).toEqual({ ended: ['listener'], asked: ['LISTEN bullmq_jobs'] })
  const heard: unknown[] = []
  client.on('notification', (message) => heard.push(message))
  own.emit('notification', { channel: 'bullmq_jobs', payload: 'deliver' })
  expect(heard).toHaveLength(1)
  client.release(true)
  expect({ ended, left: own.listenerCount('error') }).toEqual({ ended: ['listener', 'own'], left: 0 })
})

const describeRedis = redisAvailable() || process.env['CI'] === 'true' ? describe : describe.skip
describeRedis('Redis', () => {
  test('works on a cluster', async () => {
    const node = await startPrivateRedis({ settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } })
    closing.push(() => node.stop())
    const client = new Redis(node.url)
    await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await eventually(async () => (await client.cluster('INFO')).includes('cluster_state:ok'), 'the cluster')
    client.disconnect()
    const nodes = `127.0.0.1:${String(node.port)}`
    await passOneJob({ kind: 'redis', url: `redis+cluster://${nodes}`, prefix: node.prefix })
  })

  test('works behind a password', async () => {
    const redis = await startPrivateRedis({ settings: { requirepass: 'sesame' } })
    closing.push(() => redis.stop())
    const url = redis.url.replace('redis://', 'redis://:sesame@')
    await passOneJob({ kind: 'redis', url, prefix: redis.prefix })
  })
})
