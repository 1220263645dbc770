import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCluster, type PostgresPrograms, startServer } from '@redrive/embedded-postgres'
import type { DataFolder } from './data-folder.ts'
import { keptPort } from './ports.ts'
import type { Processes } from './processes.ts'
import { StartError } from './start-error.ts'

export interface EmbeddedPostgres {
  url: string
  stop(): Promise<void>
}

const VERSION = '18'
const USER = 'redrive'
const STOP_MS = 15_000
const RESTART_MS = 2000
const POLL_MS = 25

/**
 * Starts PostgreSQL on the cluster in the data folder, which is made the first time, on a port of its own of the
 * loopback interface. Heals what an earlier run left: a half-made cluster, a server without a parent, a stale pid file.
 * A server that ends unasked is started again on the same port.
 * @throws StartError, EmbeddedPostgresError
 */
export async function startEmbeddedPostgres({
  folder,
  programs,
  processes,
  report,
}: {
  folder: DataFolder
  programs: PostgresPrograms
  processes: Processes
  /** told in a sentence what happens to it later */
  report: (message: string) => void
}): Promise<EmbeddedPostgres> {
  const data = join(folder.path, 'postgres')
  const password = folder.keep('postgres-password', () => randomBytes(24).toString('base64url'))
  if (!existsSync(data)) {
    await createCluster({ programs, data, user: USER, passwordFile: join(folder.path, 'postgres-password') })
  }
  checkVersion(data)
  await stopOrphan(data, processes)
  const port = await keptPort(folder, 'postgres-port')
  const stopping = new AbortController()
  const server = { programs, data, port, logFile: join(folder.path, 'postgres.log') }
  let running = await startServer(server)
  void keepRunning()

  async function keepRunning(): Promise<void> {
    for (;;) {
      await running.ended
      if (stopping.signal.aborted) return
      report('PostgreSQL ended unexpectedly; starting it again.')
      try {
        running = await startServer(server)
      } catch (error) {
        report(error instanceof Error ? error.message : String(error))
        await sleep(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }

  return {
    url: `postgresql://${USER}:${password}@127.0.0.1:${String(port)}/${USER}`,
    stop: async () => {
      stopping.abort()
      await running.stop()
    },
  }
}

function checkVersion(data: string): void {
  const found = readText(join(data, 'PG_VERSION'))?.trim()
  if (found === VERSION) return
  throw new StartError(
    `${data} holds a database of PostgreSQL ${found ?? '(unknown)'}, and this release runs ${VERSION}: move it away to begin anew, or set DATABASE_URL.`,
  )
}

/** A server whose parent was killed runs on. Its sessions belong to nobody, so it is stopped and started afresh. */
async function stopOrphan(data: string, processes: Processes): Promise<void> {
  const file = join(data, 'postmaster.pid')
  const pid = Number(readText(file)?.split('\n')[0])
  if (!pid) return
  if (processes.isAlive(pid) && processes.programOf(pid)?.startsWith('postgres')) {
    processes.signal(pid, 'SIGINT')
    const gone = (): boolean => !processes.isAlive(pid)
    if (!(await becomes(gone, STOP_MS))) processes.signal(pid, 'SIGQUIT')
    if (!(await becomes(gone, STOP_MS))) {
      throw new StartError(`PostgreSQL of an earlier run does not stop: end process ${String(pid)} and start again.`)
    }
  }
  // What is left names a process that is gone, or whose number another program has now.
  rmSync(file, { force: true })
}

async function becomes(condition: () => boolean, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
