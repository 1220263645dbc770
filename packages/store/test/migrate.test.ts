import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { TestDatabase } from '@redrive/testkit/postgres'
import { createEmptyDatabase } from '@redrive/testkit/postgres'
import pg from 'pg'
import { StoreUnavailable } from '../src/errors.ts'
import { checkSchema, migrate } from '../src/migrate.ts'

const MIGRATIONS = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
const CHECK = fileURLToPath(new URL('../scripts/check-migrations.ts', import.meta.url))

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createEmptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'redrive-migrations-'))
  await cp(MIGRATIONS, folder, { recursive: true })
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

async function query<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'migration.sql'), sql)
}

describe('migrate', () => {
  test('many at once: each migration is applied once, by one of them, and a second time is a no-op', async () => {
    const names = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name)).sort()
    const applied = await Promise.all(Array.from({ length: 6 }, () => migrate(database.url)))
    expect(applied.flat().sort()).toEqual(names)
    expect(await migrate(database.url)).toEqual([])
    const rows = await query<Record<string, unknown>>('SELECT * FROM _prisma_migrations ORDER BY migration_name')
    expect(rows.map((row) => row['migration_name'])).toEqual(names)
    expect(rows[0]).toMatchObject({
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      finished_at: expect.any(Date),
      rolled_back_at: null,
      applied_steps_count: 1,
    })
  })

  test('says what it does, and applies what a later release adds', async () => {
    await migrate(database.url, { folder })
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int)')
    const lines: string[] = []
    expect(await migrate(database.url, { folder, log: (line) => void lines.push(line) })).toEqual([
      '29990101000000_more',
    ])
    expect(lines).toEqual(['applying migration 29990101000000_more'])
    const [row] = await query<{ checksum: string }>(
      `SELECT checksum FROM _prisma_migrations WHERE migration_name LIKE '%more'`,
    )
    expect(row?.checksum).toBe(createHash('sha256').update('CREATE TABLE more (id int)').digest('hex'))
  })

  test('refuses a database that a newer release migrated', async () => {
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int)')
    await migrate(database.url, { folder })
    await expect(migrate(database.url)).rejects.toMatchObject({
      code: 'newer_schema',
      message: expect.stringContaining('29990101000000_more'),
    })
  })

  test('refuses a migration that was changed after it was applied', async () => {
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int)')
    await migrate(database.url, { folder })
    await addMigration('29990101000000_more', 'CREATE TABLE more (id bigint)')
    await expect(migrate(database.url, { folder })).rejects.toMatchObject({ code: 'changed_migration' })
  })

  test('leaves nothing of a migration that fails, and applies it once it is mended', async () => {
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int); SELECT 1 / 0')
    await expect(migrate(database.url, { folder })).rejects.toMatchObject({
      code: 'failed_migration',
      message: expect.stringContaining('division by zero'),
    })
    expect(await query(`SELECT 1 FROM pg_class WHERE relname = 'more'`)).toEqual([])
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int)')
    expect(await migrate(database.url, { folder })).toEqual(['29990101000000_more'])
  })

  test('refuses one that Prisma’s own engine left unfinished', async () => {
    await migrate(database.url)
    await query(`UPDATE _prisma_migrations SET finished_at = NULL`)
    await expect(migrate(database.url)).rejects.toMatchObject({ code: 'failed_migration' })
  })

  test('a database that is not there is StoreUnavailable', async () => {
    await expect(migrate('postgresql://postgres@127.0.0.1:1/none')).rejects.toBeInstanceOf(StoreUnavailable)
  })
})

describe('checkSchema', () => {
  test('takes this release’s schema, and no other', async () => {
    const never = { code: 'older_schema', message: expect.stringContaining('npm run migrate') }
    await expect(checkSchema(database.url)).rejects.toMatchObject(never)
    await migrate(database.url)
    await checkSchema(database.url)
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int)')
    await expect(checkSchema(database.url, { folder })).rejects.toMatchObject({ code: 'older_schema' })
    await migrate(database.url, { folder })
    await expect(checkSchema(database.url)).rejects.toMatchObject({ code: 'newer_schema' })
  })

  test('a database that is not there is StoreUnavailable', async () => {
    await expect(checkSchema('postgresql://postgres@127.0.0.1:1/none')).rejects.toBeInstanceOf(StoreUnavailable)
  })
})

describe('migration:check', () => {
  const check = () =>
    new Promise<{ code: number | null; stdout: string }>((resolve) => {
      const child = execFile(process.execPath, [CHECK, database.url], (_, stdout) => {
        resolve({ code: child.exitCode, stdout })
      })
    })

  test('schema.prisma and the migrations agree', async () => {
    expect(await check()).toEqual({ code: 0, stdout: 'schema.prisma and the migrations agree\n' })
  })

  test('it would say so if they did not', async () => {
    await migrate(database.url)
    await query('ALTER TABLE endpoints DROP COLUMN url')
    const { code, stdout } = await check()
    expect(code).toBe(2)
    expect(stdout).toContain('ADD COLUMN     "url"')
  })
})
