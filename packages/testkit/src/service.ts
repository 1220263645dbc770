import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from './conditions.ts'
import { endWithUs } from './guardian.ts'
import { note, noteSecrets } from './run-record.ts'

/** One of our programs in a process of its own, as it runs in production. */
export interface Service {
  pid: number
  /** lines of its log since it was started, or the last thousands of them */
  lines: string[]
  /** Resolves once a line of its log holds `text`. */
  says(text: string, timeoutMs?: number): Promise<void>
  signal(signal: NodeJS.Signals): void
  isRunning(): boolean
  /** the exit code; null if a signal ended it */
  exited: Promise<number | null>
}

const LINES_KEPT = 20_000

/** Starts a program's main.ts with this environment and nothing else of ours. */
export function startService(main: string, env: Record<string, string>): Service {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  endWithUs(child)
  for (const [name, value] of Object.entries(env)) if (/KEYS?$/.test(name)) noteSecrets(value)
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const [...complete] = (rest + chunk).split('\n')
      rest = complete.pop() ?? ''
      note('logs', complete.join('\n'))
      lines.push(...complete)
      if (lines.length > LINES_KEPT) lines.splice(0, lines.length - LINES_KEPT)
    })
  }
  // what a process says last may be read after its exit
  const exited = Promise.all([once(child, 'exit'), once(child.stdout, 'close'), once(child.stderr, 'close')]).then(
    ([[code]]) => code as number | null,
  )
  return {
    pid: child.pid ?? 0,
    lines,
    says: (text, timeoutMs = 20_000) =>
      eventually(
        () => lines.some((line) => line.includes(text)),
        `a process to say ${text}; it said:\n${lines.slice(-10).join('\n')}`,
        timeoutMs,
      ),
    signal: (signal) => {
      child.kill(signal)
    },
    isRunning: () => child.exitCode === null && child.signalCode === null,
    exited,
  }
}
