import { createHash, randomUUID } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { MigrationError, rethrow } from './errors.ts'

/** Prisma's own migration lock, so that its command line and this deployer exclude each other. */
const PRISMA_MIGRATION_LOCK = 72707369
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
const PARTITION_DAYS_AHEAD = 7

interface Migration {
  name: string
  sql: string
  checksum: string
}

interface AppliedMigration {
  migration_name: string
  checksum: string
  finished: boolean
}

/**
 * Brings the database to this release's schema, as `prisma migrate deploy` would, without Prisma's engine: the same
 * lock, the same `_prisma_migrations` table, one transaction for each migration. Safe to run twice and at once.
 * Answers the names of the migrations that it applied. Throws `MigrationError` if the database is newer than the code
 * or a migration was changed or failed, `StoreUnavailable` if it can't be reached.
 */
export async function migrate(
  databaseUrl: string,
  options: { log?: (message: string) => void; folder?: string } = {},
): Promise<string[]> {
  const known = await readMigrations(options.folder ?? DEFAULT_FOLDER)
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined) // the query in hand rejects with it
  try {
    await client.connect()
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_MIGRATION_LOCK])
    await client.query(MIGRATIONS_TABLE)
    const pending = pendingMigrations(known, await appliedMigrations(client))
    for (const migration of pending) {
      options.log?.(`applying migration ${migration.name}`)
      await apply(client, migration)
    }
    await client.query('SELECT redrive_ensure_partitions($1)', [PARTITION_DAYS_AHEAD])
    return pending.map((migration) => migration.name)
  } catch (error) {
    return rethrow(error)
  } finally {
    await client.end() // releases the lock
  }
}

/**
 * Refuses a database that is not at this release's schema: `MigrationError` if it is newer, or older, or was never
 * migrated; `StoreUnavailable` if it can't be reached. Changes nothing.
 */
export async function checkSchema(databaseUrl: string, options: { folder?: string } = {}): Promise<void> {
  const known = await readMigrations(options.folder ?? DEFAULT_FOLDER)
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  })
  client.on('error', () => undefined) // the query in hand rejects with it
  try {
    await client.connect()
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
    )
    const pending = pendingMigrations(known, rows[0]?.there === true ? await appliedMigrations(client) : [])
    const [first] = pending
    if (first !== undefined) {
      throw new MigrationError(
        'older_schema',
        `the database lacks migration ${first.name} of this release: run "npm run migrate" first`,
      )
    }
  } catch (error) {
    rethrow(error)
  } finally {
    await client.end().catch(() => undefined) // it may never have been connected
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function appliedMigrations(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  )
  return rows
}

function pendingMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const byName = new Map(known.map((migration) => [migration.name, migration]))
  for (const { migration_name: name, checksum, finished } of applied) {
    const migration = byName.get(name)
    if (migration === undefined) {
      throw new MigrationError(
        'newer_schema',
        `the database has migration ${name}, which this release does not know: run a release at least as new as the one that migrated it`,
      )
    }
    if (!finished) {
      throw new MigrationError(
        'failed_migration',
        `migration ${name} was begun by Prisma and did not finish: repair it with "prisma migrate resolve"`,
      )
    }
    if (migration.checksum !== checksum) {
      throw new MigrationError(
        'changed_migration',
        `migration ${name} was changed after it was applied to this database: restore the file as it was released`,
      )
    }
  }
  const done = new Set(applied.map((migration) => migration.migration_name))
  return known.filter((migration) => !done.has(migration.name))
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(migration.sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined) // the first error is the one to report
    throw new MigrationError('failed_migration', `migration ${migration.name} failed: ${String(error)}`, error)
  }
}

/** As Prisma creates it. */
const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`
