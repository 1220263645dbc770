import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Config } from '@redrive/config'
import type { Shutdown } from '@redrive/runtime'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import { openLogFile } from './log-file.ts'
import { StartError } from './start-error.ts'

export interface ServicesOptions {
  config: Config
  /** what both children get to see */
  env: Record<string, string | undefined>
  node: string
  dataFolder: string
  baseUrl: string
  shutdown: Shutdown
  report: (message: string) => void
  signal: AbortSignal
}

const READY_MS = 60_000
const POLL_MS = 50
/** A child keeps to its own deadline; this is for one that does not. */
const GRACE_BEYOND_DEADLINE_MS = 2000

/** Starts one ingress and one worker, and resolves when the ingress is ready. Closed in this order: ingress, worker. */
export async function startServices(options: ServicesOptions): Promise<{ ingress: Child; worker: Child }> {
  const worker = startService('worker', options)
  const ingress = startService('ingress', options)
  await Promise.race([answersReady(options), ingress.failed, worker.failed])
  ingress.ready()
  return { ingress, worker }
}

function startService(name: 'ingress' | 'worker', options: ServicesOptions): Child {
  const { config, shutdown } = options
  // Under a supervisor logs belong on standard output; a newcomer's terminal is for what they must care about.
  const log = config.mode === 'standalone' ? openLogFile(options.dataFolder, name) : null
  const child = startChild({
    name,
    command: options.node,
    args: [fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url))],
    env: options.env,
    logTo: log?.descriptor ?? null,
    report: options.report,
  })
  shutdown.add(name, async () => {
    await child.stop(config.shutdown.seconds * 1000 + GRACE_BEYOND_DEADLINE_MS)
    log?.close()
  })
  const failed = child.failed.catch((error: unknown): never => {
    const reason = log?.reason() ?? (error instanceof Error ? error.message : String(error))
    throw new StartError(`The ${name} did not start: ${reason}${log ? ` (see ${log.path})` : ''}`, { cause: error })
  })
  failed.catch(() => undefined)
  return { ...child, failed }
}

async function answersReady({ baseUrl, signal }: ServicesOptions): Promise<void> {
  const deadline = performance.now() + READY_MS
  let last = 'no answer'
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    try {
      const response = await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(5000) })
      last = await response.text()
      if (response.ok) return
    } catch {
      // Not listening yet.
    }
    await sleep(POLL_MS)
  }
  throw new StartError(`The ingress is not ready after ${String(READY_MS / 1000)} s: ${last}`)
}
