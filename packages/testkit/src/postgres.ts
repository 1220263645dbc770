/**
 * Real PostgreSQL for tests: one embedded server for a jest run, and for each test file a database of its own, copied
 * from a migrated template. Jest's global setup starts the server and makes the template.
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { startPrivatePostgres } from './private-postgres.ts'
import { isRecorded, note } from './run-record.ts'

/** Names the migrated template database for the workers of a jest run. */
const TEMPLATE_VARIABLE = 'REDRIVE_TEST_TEMPLATE_URL'

export interface TestServer {
  /** of an empty database, to be migrated and handed to `useAsTemplate` */
  url: string
  stop(): Promise<void>
}

/** Starts a throw-away server, in an odd time zone, so that code that leans on the session's shows. */
export async function startPostgresServer(): Promise<TestServer> {
  return startPrivatePostgres({ settings: ['timezone=Asia/Kathmandu'] })
}

/** Makes `createTestDatabase` copy this database, in this process and in those that it starts. */
export function useAsTemplate(url: string): void {
  process.env[TEMPLATE_VARIABLE] = url
}

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** A migrated database of one's own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = templateUrl()
  return createDatabase(template, new URL(template).pathname.slice(1))
}

/** An empty database, for tests of migration itself. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase(templateUrl(), 'template0')
}

function templateUrl(): string {
  const url = process.env[TEMPLATE_VARIABLE]
  if (url === undefined) throw new Error(`${TEMPLATE_VARIABLE} is not set: run the tests by jest from the root`)
  return url
}

async function createDatabase(serverUrl: string, template: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asAdministrator(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    async drop() {
      try {
        if (isRecorded()) note('jobs', await dump(url.href, 'bullmq'))
      } finally {
        await asAdministrator(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      }
    },
  }
}

/** Every row of every table of a schema, as text. */
export async function dump(url: string, schema: string): Promise<string> {
  const tables = await query<{ name: string }>(
    url,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1`,
    [schema],
  )
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await query<{ row: string }>(url, `SELECT t::text AS row FROM ${name} t`)
      return [name, ...rows.map(({ row }) => row)].join('\n')
    }),
  )
  return texts.join('\n')
}

/** Asks a database on a connection of its own, past the code under test. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined) // the query in hand rejects with it
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}

async function asAdministrator(url: string, sql: string): Promise<void> {
  const administration = new URL(url)
  administration.pathname = '/postgres'
  const client = new pg.Client({ connectionString: administration.href })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
