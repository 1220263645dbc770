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
 * Of the function that claims a job, and first promotes all delayed ones that are due: found by their index they are
 * locked in the same order by all who claim. With one plan here and another there they deadlocked in every burst of
 * retries, which stood still for seconds then.
 */
const CLAIM = 'move_to_active'
const BY_INDEX = ['enable_seqscan', 'enable_bitmapscan']
/** Functions that two alter at once fail for one of them. */
const TUNING_LOCK = '72707369, 4'

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
    await tuneClaims(client)
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

async function tuneClaims(client: pg.Client): Promise<void> {
  await client.query(`SELECT pg_advisory_lock(${TUNING_LOCK})`)
  try {
    const { rows } = await client.query<{ signature: string; settings: string[] | null }>(
      `SELECT oid::regprocedure::text AS signature, proconfig AS settings FROM pg_proc
       WHERE proname = $1 AND pronamespace = $2::regnamespace`,
      [CLAIM, SCHEMA],
    )
    for (const { signature, settings } of rows) {
      const missing = BY_INDEX.filter((name) => settings?.includes(`${name}=off`) !== true)
      if (missing.length > 0)
        await client.query(`ALTER FUNCTION ${signature} ${missing.map((name) => `SET ${name} = off`).join(' ')}`)
    }
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${TUNING_LOCK})`)
  }
}
