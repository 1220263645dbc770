import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DataFolder } from './data-folder.ts'
import { keptPort } from './ports.ts'
import type { PostgresPrograms } from './postgres-program.ts'
import type { Processes } from './processes.ts'
import { StartError } from './start-error.ts'

export interface EmbeddedPostgres {
  url: string
  stop(): Promise<void>
}

const VERSION = '18'
const USER = 'redrive'
const START_MS = 60_000
const STOP_MS = 15_000
const RESTART_MS = 2000
const POLL_MS = 25

/**
 * Starts PostgreSQL on the cluster in the data folder, which is made the first time, on a port of its own of the
 * loopback interface. Heals what an earlier run left: a half-made cluster, a server without a parent, a stale pid file.
 * A server that ends unasked is started again on the same port.
 * @throws StartError
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
  if (!existsSync(data)) await createCluster(folder, data, programs)
  checkVersion(data)
  await stopOrphan(data, processes)
  const port = await keptPort(folder, 'postgres-port')
  const stopping = new AbortController()
  let server = await startServer(folder, data, port, programs)
  void keepRunning()

  async function keepRunning(): Promise<void> {
    for (;;) {
      await server.ended
      if (stopping.signal.aborted) return
      report('PostgreSQL ended unexpectedly; starting it again.')
      try {
        server = await startServer(folder, data, port, programs)
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
      if (!server.isRunning()) return
      // "Fast" (docs, "Shutting Down the Server"): sessions are cut, everything is written. "Immediate" if that hangs.
      server.child.kill('SIGINT')
      if (!(await settles(server.ended, STOP_MS))) server.child.kill('SIGQUIT')
      await server.ended
    },
  }
}

/** Made aside and renamed when complete, so that a cluster that exists is whole. */
async function createCluster(folder: DataFolder, data: string, programs: PostgresPrograms): Promise<void> {
  const unfinished = `${data}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  const passwordFile = join(folder.path, 'postgres-password')
  const options = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  if (programs.owner) {
    chownSync(unfinished, programs.owner.uid, programs.owner.gid)
    chownSync(passwordFile, programs.owner.uid, programs.owner.gid)
  }
  await run([
    ...programs.initdb,
    ...['-D', unfinished, '-U', USER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, ...options],
  ])
  await run([...programs.postgres, '--single', '-D', unfinished, 'postgres'], `CREATE DATABASE ${USER};\n`)
  renameSync(unfinished, data)
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

interface Server {
  child: ChildProcess
  ended: Promise<void>
  isRunning(): boolean
}

async function startServer(
  folder: DataFolder,
  data: string,
  port: number,
  programs: PostgresPrograms,
): Promise<Server> {
  const logFile = join(folder.path, 'postgres.log')
  const deadline = performance.now() + START_MS
  for (;;) {
    const server = launch(logFile, [
      ...programs.postgres,
      ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ])
    const ready = (): boolean => readText(join(data, 'postmaster.pid'))?.split('\n')[7]?.trim() === 'ready'
    await becomes(() => ready() || !server.isRunning(), deadline - performance.now())
    if (server.isRunning() && ready()) return server
    server.child.kill('SIGQUIT')
    await server.ended
    const log = readText(logFile) ?? ''
    // Sessions of a server that was killed need a moment to notice.
    if (!log.includes('shared memory block') || performance.now() > deadline) {
      const reason = /(?:FATAL|PANIC|ERROR): +(.*)/.exec(log)?.[1] ?? log.trim().split('\n').at(-1) ?? 'no reason given'
      throw new StartError(`The embedded PostgreSQL did not start: ${reason} (see ${logFile})`)
    }
    await sleep(500)
  }
}

/** In a process group of its own, so that Ctrl-C in a terminal does not stop it before those who need it. */
function launch(logFile: string, [command = '', ...args]: string[]): Server {
  const log = openSync(logFile, 'w', 0o600)
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    detached: true,
    env: { TZ: 'UTC', PATH: '/usr/bin:/bin' },
  })
  closeSync(log)
  let running = true
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      running = false
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  return { child, ended, isRunning: () => running }
}

function run([command = '', ...args]: string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { env: { TZ: 'UTC', PATH: '/usr/bin:/bin' } }, (error, stdout, stderr) => {
      if (error === null) resolve()
      else {
        const lines = `${stdout}\n${stderr}`.trim().split('\n')
        const reason = lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? error.message
        reject(new StartError(`The embedded PostgreSQL could not be set up: ${reason}`, { cause: error }))
      }
    })
    child.stdin?.end(input)
  })
}

async function becomes(condition: () => boolean, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}

async function settles(promise: Promise<void>, ms: number): Promise<boolean> {
  const patience = new AbortController()
  const late = sleep(ms, false, { signal: patience.signal }).catch(() => false)
  const settled = await Promise.race([promise.then(() => true), late])
  patience.abort()
  return settled
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
