/** A PostgreSQL of one's own, to be killed, stopped and started again. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCluster, findPostgres, startServer } from '@redrive/embedded-postgres'
import pg from 'pg'
import { endWithUs } from './guardian.ts'

export interface PrivatePostgres {
  /** of an empty database */
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

const USER = 'redrive'
const PASSWORD = 'password'
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'max_connections=300']

/** Starts it (no fsync, in a temporary folder) on a free port. About a second. */
export async function startPrivatePostgres({ settings = [] }: { settings?: string[] } = {}): Promise<PrivatePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-postgres-'))
  await chmod(folder, 0o755) // as root the server runs as the user postgres, who must get through to its data
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 })
  const machine = { platform: process.platform, arch: process.arch, uid: process.getuid?.() }
  const programs = findPostgres(machine, folder)
  const data = join(folder, 'data')
  await createCluster({ programs, data, user: USER, passwordFile, flags: ['--no-sync'] })
  const port = await freePort()
  const logFile = join(folder, 'log')
  const start = async () => {
    const started = await startServer({ programs, data, port, logFile, settings: [...SETTINGS, ...settings] })
    // with SIGKILL its sessions would stay
    endWithUs(started, { signal: 'SIGQUIT', folder })
    return started
  }
  let server = await start()

  async function kill(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    if (server.isRunning()) process.kill(server.pid, signal)
    await server.ended
  }

  const url = `postgresql://${USER}:${PASSWORD}@127.0.0.1:${String(port)}/${USER}`
  return {
    url,
    port,
    kill,
    restart: async () => {
      await server.stop()
      server = await start()
    },
    async query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => undefined) // the query in hand rejects with it
      await client.connect()
      try {
        return (await client.query<Row>(sql, values)).rows
      } finally {
        await client.end()
      }
    },
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
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
