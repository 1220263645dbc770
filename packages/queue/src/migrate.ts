import { runMigrations, SchemaVersionMismatchError } from 'bullmq'
import { Cluster } from 'ioredis'
import pg from 'pg'
import { within } from './deadline.ts'
import { QueueRefused, QueueUnavailable } from './errors.ts'
import { openRedis } from './redis.ts'
import { parseRedisUrl } from './redis-url.ts'
import type { QueueBackend } from './types.ts'

const SCHEMA = 'bullmq'
/** Un-analysed, `bullmq.job` has cost 50 s to the first job: its statistics must follow rows that live for milliseconds. */
const UPKEEP = {
  autovacuum_vacuum_scale_factor: '0.02',
  autovacuum_vacuum_threshold: '500',
  autovacuum_analyze_scale_factor: '0.02',
  autovacuum_analyze_threshold: '200',
  autovacuum_vacuum_cost_delay: '0',
}
const BUSY_TABLES = ['job', 'event']
const OLDEST_REDIS = [6, 2] as const
const REDIS_TIMEOUT_MS = 5000

/**
 * Makes the queue's datastore ready, or refuses one that we must not run on (`QueueRefused`). Safe to run twice, by
 * several processes at once, and while workers are running.
 */
export async function migrateQueue(backend: QueueBackend): Promise<void> {
  if (backend.kind === 'postgres') await migratePostgres(backend.connectionString)
  else await checkRedis(backend.url)
}

async function migratePostgres(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: 'redrive-migrate-queue' })
  await client.connect()
  try {
    await runMigrations(client, SCHEMA)
    for (const table of BUSY_TABLES) await tune(client, table)
  } catch (error) {
    if (!(error instanceof SchemaVersionMismatchError)) throw error
    const message = `The queue’s tables (schema ${SCHEMA}) belong to a newer release. Start that release, or a later one.`
    throw new QueueRefused('schema_newer', message, error)
  } finally {
    await client.end()
  }
}

/** Only what differs is altered, so that a start beside running workers waits for no lock. */
async function tune(client: pg.Client, table: string): Promise<void> {
  const { rows } = await client.query<{ options: string[] | null }>(
    'SELECT reloptions AS options FROM pg_class WHERE oid = $1::regclass',
    [`${SCHEMA}.${table}`],
  )
  const wanted = Object.entries(UPKEEP).map(([name, value]) => `${name}=${value}`)
  const present = new Set(rows[0]?.options)
  if (wanted.every((option) => present.has(option))) return
  await client.query(`ALTER TABLE ${SCHEMA}.${table} SET (${wanted.join(', ')})`)
  await client.query(`ANALYZE ${SCHEMA}.${table}`)
}

/** Redis needs no tables, but must be recent enough and must never drop keys. */
async function checkRedis(url: string): Promise<void> {
  const client = openRedis(parseRedisUrl(url), 'patient')
  let trouble: unknown = 'no connection'
  client.on('error', (error) => {
    trouble = error
  })
  const ask = async (): Promise<string[]> => {
    await client.ping()
    const nodes = client instanceof Cluster ? client.nodes('master') : [client]
    return Promise.all(nodes.map((node) => node.info()))
  }
  try {
    const infos = await within(REDIS_TIMEOUT_MS, ask()).catch((error: unknown) => {
      throw new QueueUnavailable('does not answer', trouble instanceof Error ? trouble : error)
    })
    infos.forEach(checkServer)
  } finally {
    client.disconnect()
  }
}

function checkServer(info: string): void {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [major = 0, minor = 0] = field('redis_version').split('.').map(Number)
  if (major < OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor < OLDEST_REDIS[1])) {
    const message = `Redis ${field('redis_version')} is too old: use Redis ${OLDEST_REDIS.join('.')} or later, or Valkey.`
    throw new QueueRefused('redis_version', message)
  }
  const policy = field('maxmemory_policy')
  if (policy !== 'noeviction') {
    const message = `Redis would drop jobs when its memory is full (maxmemory-policy is ${policy}): set maxmemory-policy to noeviction.`
    throw new QueueRefused('redis_evicts', message)
  }
}
