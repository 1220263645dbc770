import { createPostgresBackend, type IQueueBackend, type PgPool } from 'bullmq'
import pg from 'pg'
import { pgClient } from '@redrive/runtime'
import { endsWithin } from './deadline.ts'
import type { Link, Temper } from './link.ts'
import { withOneListener } from './one-listener.ts'
import type { QueueBackend } from './types.ts'

type PostgresBackend = Extract<QueueBackend, { kind: 'postgres' }>

/** Longest statement seen under load was 10 s (50,000 jobs due at once); after such a silence the connection is given up. */
const Client = pgClient(pg.Client, 30_000)
/** Long: a new connection is made just when much comes at once. */
const IDLE_TIMEOUT_MS = 600_000
/** As BullMQ tells times, whose 0 is none. */
const LONG_AGO = 1

interface SharedPool {
  pool: pg.Pool
  /** the pool as BullMQ gets it */
  forBullmq: ReturnType<typeof withOneListener>
  users: number
}

/**
 * BullMQ's PostgreSQL side is at its best, and free of deadlocks, with two or three connections a process: so everything
 * that was made from the same backend object shares a pool, which ends with its last user.
 */
const pools = new WeakMap<PostgresBackend, SharedPool>()

export function linkPostgres(backend: PostgresBackend, temper: Temper, onError: (error: Error) => void): Link {
  const shared = pools.get(backend) ?? sharedPool(backend)
  pools.set(backend, shared)
  const { pool } = shared
  shared.users++
  // BullMQ keeps one client of a passed pool for each consumer's LISTEN; it must not be one of those that do the work.
  const listeners = temper === 'patient' ? 1 : 0
  pool.options.max += listeners
  pool.on('error', onError)
  const { pool: connection, close: stopListening } = shared.forBullmq
  let closed = false
  return {
    factory: (name, options, kind) => beginningAtOnce(createPostgresBackend(name, { ...options, connection }, kind)),
    prefix: 'bullmq',
    awake: () => Promise.resolve(),
    async ping() {
      await pool.query('SELECT 1')
    },
    async isMarked() {
      await pool.query('SELECT 1')
      return true
    },
    mark: () => Promise.resolve(),
    async close() {
      if (closed) return
      closed = true
      pool.options.max -= listeners
      if (--shared.users > 0) {
        pool.removeListener('error', onError)
        return
      }
      pools.delete(backend)
      await endsWithin(2000, stopListening())
      await endsWithin(2000, pool.end())
    },
  }
}

/**
 * BullMQ takes jobs until its slots are full, each with a round trip of its own, before it begins with the first, unless
 * it hears that something is due already. A burst of retries waited until all slots had been taken.
 */
function beginningAtOnce(backend: IQueueBackend): IQueueBackend {
  const take = backend.moveToActive.bind(backend)
  backend.moveToActive = async (...asked) => {
    const taken: unknown[] = await take(...asked)
    const [job, id, limitMs, delayedUntil] = taken
    return [job, id, limitMs, job ? LONG_AGO : delayedUntil]
  }
  return backend
}

function sharedPool(backend: PostgresBackend): SharedPool {
  const pool = openPool(backend)
  // BullMQ describes the part of pg that it uses by types of its own, which @types/pg's overloads don't match.
  const forBullmq = withOneListener(pool as unknown as PgPool, async () => {
    const client = new Client({ ...connectionOf(backend), application_name: 'redrive-queue-listener' })
    // told to whoever waits for it
    client.on('error', () => undefined)
    await client.connect().catch((error: unknown) => {
      void client.end()
      throw error
    })
    return client
  })
  return { pool, forBullmq, users: 0 }
}

function connectionOf({ connectionString }: PostgresBackend): pg.ClientConfig {
  return {
    connectionString,
    application_name: 'redrive-queue',
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
}

export function openPool(backend: PostgresBackend): pg.Pool {
  const pool = new pg.Pool({
    Client,
    ...connectionOf(backend),
    max: backend.poolSize,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    // The pool waits for it, though its types don't say so.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    async onConnect(client) {
      // Of the queue a crash of PostgreSQL may cost the last moments, which the ledger's sweep brings again; its own
      // commits wait for the disk, and this log is written before theirs.
      await client.query('SET search_path TO bullmq, public; SET synchronous_commit TO off')
      // BullMQ adds many jobs by way of temporary tables. A server process that has had none before makes a schema for
      // its own, after which all sessions of the database plan all statements anew: not in the middle of a flood.
      await client.query('CREATE TEMPORARY TABLE redrive_first () ON COMMIT DROP')
    },
  })
  // BullMQ holds clients for longer than a query, without a listener: one that breaks meanwhile would end the process.
  // The next query on it rejects, and the pool drops it.
  pool.on('connect', (client) => client.on('error', () => undefined))
  // Each of BullMQ's classes adds a listener.
  pool.setMaxListeners(0)
  return pool
}
