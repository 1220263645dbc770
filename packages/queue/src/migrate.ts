import { runMigrations, SchemaVersionMismatchError } from 'bullmq'
import pg from 'pg'
import { checkRedis } from './check-redis.ts'
import { QueueRefused } from './errors.ts'
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
