import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ENVIRONMENT } from './cluster.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { PostgresPrograms } from './programs.ts'

export interface ServerOptions {
  programs: PostgresPrograms
  data: string
  /** of the loopback interface */
  port: number
  logFile: string
  /** `name=value`, as in postgresql.conf */
  settings?: string[]
}

export interface PostgresServer {
  pid: number
  /** resolves when it has ended, asked or not */
  ended: Promise<void>
  isRunning(): boolean
  /** Resolves when it is gone. "Fast": sessions are cut, everything is written. "Immediate" if that hangs. */
  stop(): Promise<void>
}

const START_MS = 60_000
const STOP_MS = 15_000
const TRY_AGAIN_MS = 500
const POLL_MS = 25

/**
 * Starts a server on a cluster, and resolves when it takes connections. Sessions of a server that was killed need a
 * moment to notice, and until then it is tried again.
 * @throws EmbeddedPostgresError
 */
export async function startServer(options: ServerOptions): Promise<PostgresServer> {
  const { data, logFile } = options
  const deadline = performance.now() + START_MS
  for (;;) {
    const server = launch(options)
    const ready = (): boolean => readText(join(data, 'postmaster.pid')).split('\n')[7]?.trim() === 'ready'
    while (!ready() && server.isRunning() && performance.now() < deadline) await sleep(POLL_MS)
    if (server.isRunning() && ready()) return server
    await server.stop()
    const log = readText(logFile)
    if (!log.includes('shared memory block') || performance.now() > deadline) {
      const reason = /(?:FATAL|PANIC|ERROR): +(.*)/.exec(log)?.[1] ?? log.trim().split('\n').at(-1) ?? 'no reason given'
      throw new EmbeddedPostgresError(`The embedded PostgreSQL did not start: ${reason} (see ${logFile})`)
    }
    await sleep(TRY_AGAIN_MS)
  }
}

/** In a process group of its own, so that Ctrl-C in a terminal does not stop it before those who need it. */
function launch({ programs, data, port, logFile, settings = [] }: ServerOptions): PostgresServer {
  const all = [`listen_addresses=127.0.0.1`, 'unix_socket_directories=', ...settings]
  const flags = ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])]
  const [command = '', ...args] = [...programs.postgres, ...flags]
  const log = openSync(logFile, 'w', 0o600)
  const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true, env: ENVIRONMENT })
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
  return {
    pid: child.pid ?? 0,
    ended,
    isRunning: () => running,
    async stop() {
      if (!running) return
      child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
