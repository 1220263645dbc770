import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** One of our programs, kept running. */
export interface Child {
  name: string
  /** Rejects with the reason if the program ends before `ready` is told or `stop` is called. */
  failed: Promise<never>
  /** From now on the program is started again when it ends, later each time that it ends soon. */
  ready(): void
  /** SIGTERM, and SIGKILL if it has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

export interface ChildOptions {
  name: string
  /** Node, and what it is to run */
  command: string
  args: string[]
  env: Record<string, string | undefined>
  /** a file descriptor for its log; null: this process's own standard output and error */
  logTo: number | null
  /** told in a sentence what happens to it after it was ready */
  report: (message: string) => void
}

const FIRST_RESTART_MS = 250
const LAST_RESTART_MS = 30_000
/** Whoever ran for so long has earned a quick restart. */
const GOOD_RUN_MS = 60_000

/**
 * Starts a program in a process group of its own, so that Ctrl-C in a terminal reaches it through us, in order. It has
 * an IPC channel whose end tells it that we are gone (`onSignals` in @redrive/runtime).
 */
export function startChild(options: ChildOptions): Child {
  const { name, report } = options
  const stdio: StdioOptions = ['ignore', options.logTo ?? 'inherit', options.logTo ?? 'inherit', 'ipc']
  const stopping = new AbortController()
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(() => undefined) // whoever waits for readiness listens; after that nobody has to
  let isReady = false
  let restartMs = FIRST_RESTART_MS
  let ended: Promise<void>
  let child = launch()

  function launch(): ChildProcess {
    const startedAt = performance.now()
    const launched = spawn(options.command, options.args, { env: options.env, stdio, detached: true })
    ended = new Promise((resolve) => {
      const end = (how: string): void => {
        resolve()
        if (!stopping.signal.aborted) void afterEnd(how, performance.now() - startedAt)
      }
      launched.once('error', (error) => {
        end(error.message)
      })
      launched.once('exit', (code, signal) => {
        end(signal ?? `exit code ${String(code)}`)
      })
    })
    return launched
  }

  async function afterEnd(how: string, ranForMs: number): Promise<void> {
    if (!isReady) {
      fail(new Error(`the ${name} ended (${how})`))
      return
    }
    if (ranForMs > GOOD_RUN_MS) restartMs = FIRST_RESTART_MS
    report(`The ${name} ended unexpectedly (${how}); starting it again in ${String(restartMs / 1000)} s.`)
    const wait = restartMs
    restartMs = Math.min(restartMs * 2, LAST_RESTART_MS)
    try {
      await sleep(wait, undefined, { signal: stopping.signal })
    } catch {
      return
    }
    child = launch()
  }

  return {
    name,
    failed,
    ready: () => {
      isReady = true
    },
    stop: async (graceMs) => {
      if (stopping.signal.aborted) return ended
      stopping.abort()
      child.kill('SIGTERM')
      const timer = setTimeout(() => {
        report(`The ${name} did not stop within ${String(graceMs / 1000)} s and was killed.`)
        child.kill('SIGKILL')
      }, graceMs)
      await ended
      clearTimeout(timer)
    },
  }
}
