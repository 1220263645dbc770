import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError, parseConfig } from '@redrive/config'
import { EmbeddedPostgresError } from '@redrive/embedded-postgres'
import { createShutdown, onSignals } from '@redrive/runtime'
import { createProcesses } from './processes.ts'
import { createScreen } from './screen.ts'
import { start } from './start.ts'
import { StartError } from './start-error.ts'

/** `npm start`: the parent of everything, and the only file of standalone that touches `process`. */

/** A step of the start that is under way when the stop comes is waited for, so that nothing is left behind it. */
const UNFINISHED_START_MS = 15_000
/** Beyond what the children may take: the receiver, PostgreSQL and the lock. */
const OWN_SHUTDOWN_MS = 30_000

const screen = createScreen(process.stdout, process.stdout.isTTY)

try {
  await run()
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${explain(error)}\n`)
}

async function run(): Promise<void> {
  const config = parseConfig(process.env)
  const shutdown = createShutdown({ deadlineMs: 2 * config.shutdown.seconds * 1000 + OWN_SHUTDOWN_MS })
  const giveUp = new AbortController()
  // Whoever read along may leave (`npm start | head`); that is no reason to fall over.
  process.stdout.on('error', () => undefined)
  screen.line(`Redrive ${version()}\n`)

  const starting = start({
    config,
    env: process.env,
    node: process.execPath,
    machine: { platform: process.platform, arch: process.arch, uid: process.getuid?.() },
    processes: createProcesses(process),
    screen,
    shutdown,
    signal: giveUp.signal,
  })
  onSignals(process, (reason) => {
    screen.line(reason === 'SIGINT' ? '\nStopping' : 'Stopping')
    giveUp.abort()
    void stop(0)
  })

  async function stop(exitCode: number): Promise<void> {
    await Promise.race([starting.catch(() => undefined), sleep(UNFINISHED_START_MS)])
    for (const { name, error } of await shutdown.run()) {
      screen.line(`The ${name} did not stop in order: ${explain(error)}`)
    }
    if (exitCode === 0) screen.line('Stopped')
    process.exit(exitCode)
  }

  try {
    await starting
  } catch (error) {
    if (giveUp.signal.aborted) return
    process.stderr.write(`${explain(error)}\n`)
    await stop(1)
  }
}

/** What the user can mend is one line; anything else is a fault of ours, or of a service, and shows where. */
function explain(error: unknown): string {
  if (error instanceof StartError || error instanceof ConfigError || error instanceof EmbeddedPostgresError) {
    return error.message
  }
  if (error instanceof Error && 'code' in error) return `Redrive could not start: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function version(): string {
  const file = new URL('../package.json', import.meta.url)
  // Ours, and it has a version.
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
