import { PrismaPg } from '@prisma/adapter-pg'
import { clearLogs } from '@prisma/debug'
import pg from 'pg'
import { pgClient, type PoolUse } from '@redrive/runtime'
import { rethrow } from './errors.ts'
import { PrismaClient } from './generated/client.ts'
import { keepPromisesYoung } from './prisma-promises.ts'

/**
 * The one way to the database: Prisma over one pool. Hot statements go by `$queryRaw` with arrays. Trouble of
 * connection or capacity comes out as `StoreUnavailable`.
 */
export type Db = PrismaClient

/** What a single statement needs of it: no transaction, and no model. */
export type Statements = Pick<Db, '$queryRaw' | '$executeRaw'>

export interface DbOptions {
  databaseUrl: string
  poolSize: number
  /** for statements that take an array of ids, and never for lists */
  plansOnce?: boolean
  /** how long one statement may take, and no longer the wait for a connection; beyond it the database counts as away */
  queryTimeoutMs?: number
  /** told of connections that broke while idle; the pool replaces them */
  onIdleError?: (error: Error) => void
}

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 15_000
/** Long: each new connection plans its statements anew, some 10 ms each, and just when much comes at once. */
const IDLE_TIMEOUT_MS = 600_000
/**
 * The adapter reads and writes timestamptz without its offset: they must be in UTC. Each day's partitions begin empty,
 * and a plan that was cached then must not be a scan of what is a million rows an hour later: every statement has its
 * index. Statements over all partitions look costly for what they are, and would be compiled each time.
 */
const PLANS = '-c TimeZone=UTC -c enable_seqscan=off -c jit=off'
/**
 * Of a process whose machine or network is gone the server hears nothing: what its transaction has locked, such as
 * endpoints' gates, is free again after so long, and not after the two hours of TCP's own.
 */
const GONE =
  '-c idle_in_transaction_session_timeout=15s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'
const SESSION = `${PLANS} ${GONE}`
/**
 * A statement over an array of ids is planned once: to plan it afresh for the ids of each batch was a quarter of the
 * database's time for a delivery. Such a plan knows neither the ids nor how full a table will be. So those statements
 * name what they look up, by `= ANY` or in a LATERAL with a limit, which can only be a look-up for each row; a range of
 * ids keeps them to their partitions, but is no way to find rows. And without `enable_material` two sets of a batch are
 * joined by a hash instead of each with each.
 */
const PLANNED_ONCE = '-c plan_cache_mode=force_generic_plan -c enable_material=off'
/** Texts of SQL that become prepared statements; rarer ones beyond that are sent unprepared. */
const PREPARED_LIMIT = 500

/** Opens the pool (it connects when first used) and the client on it. `close` ends both. */
export function openDb(options: DbOptions): { db: Db; pool: () => PoolUse; close: () => Promise<void> } {
  const pool = openPool(options)
  const adapter = new PrismaPg(pool, { statementNameGenerator: statementNames() })
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' })
  keepPromisesYoung(client)
  const translating = client.$extends({
    query: {
      $allOperations: ({ args, query }) => {
        // the driver's log remembers the last hundred statements with all that they were given, batches of payloads
        // too: each collection of young objects has them to copy
        clearLogs()
        return query(args).catch(rethrow)
      },
    },
  })
  // the extensions translate errors and change no type
  const transact = translating.$transaction.bind(translating) as unknown as (...args: unknown[]) => Promise<unknown>
  const db = translating.$extends({
    client: { $transaction: (...args: unknown[]) => transact(...args).catch(rethrow) },
  }) as unknown as Db
  return {
    db,
    pool: () => ({
      inUse: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: async () => {
      await client.$disconnect()
      await pool.end()
    },
  }
}

export function openPool(options: DbOptions): pg.Pool {
  const { queryTimeoutMs = QUERY_TIMEOUT_MS } = options
  const pool = new pg.Pool({
    Client: pgClient(pg.Client, queryTimeoutMs),
    connectionString: options.databaseUrl,
    max: options.poolSize,
    connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT_MS, queryTimeoutMs),
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: queryTimeoutMs,
    keepAlive: true,
    // sooner than a network forgets a connection that says nothing
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'redrive',
    options: options.plansOnce === true ? `${SESSION} ${PLANNED_ONCE}` : SESSION,
  })
  // whoever holds a client has no listener between two queries, and without one a broken connection would end the
  // process: the next query rejects, and the pool drops it
  pool.on('connect', (client) => client.on('error', () => undefined))
  // the adapter's own listener ends with the client, before the pool has closed its connections
  pool.on('error', (error) => options.onIdleError?.(error))
  return pool
}

function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    let name = names.get(sql)
    if (name === undefined) {
      name = names.size < PREPARED_LIMIT ? `redrive_${String(names.size + 1)}` : ''
      if (name !== '') names.set(sql, name)
    }
    return name
  }
}
