import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { codeOf } from './error-code.ts'

/** Other processes of this machine, as far as the start has to do with them. */
export interface Processes {
  ownPid: number
  isAlive(pid: number): boolean
  /** What tells a process from a later one with the same pid: its start time. null if it is gone or can't be told. */
  startedAt(pid: number): string | null
  /** the program's name, such as "postgres"; null if it can't be told */
  programOf(pid: number): string | null
  signal(pid: number, signal: NodeJS.Signals): void
}

/** `target` is main.ts's `process`. */
export function createProcesses(target: Pick<NodeJS.Process, 'pid' | 'kill'>): Processes {
  function send(pid: number, signal: NodeJS.Signals | 0): boolean {
    try {
      return target.kill(pid, signal)
    } catch (error) {
      // Someone else's process is alive too.
      return codeOf(error) === 'EPERM'
    }
  }
  return {
    ownPid: target.pid,
    isAlive: (pid) => send(pid, 0) && stateOf(pid) !== 'Z',
    startedAt: (pid) => statOf(pid)?.[19] ?? ps(pid, 'lstart='),
    programOf: (pid) => read(`/proc/${String(pid)}/comm`) ?? ps(pid, 'comm=')?.split('/').at(-1) ?? null,
    signal: (pid, signal) => {
      send(pid, signal)
    },
  }
}

/** The fields of /proc/<pid>/stat that follow the program's name, from the state on (proc(5)). */
function statOf(pid: number): string[] | null {
  const text = read(`/proc/${String(pid)}/stat`)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? null
}

function stateOf(pid: number): string | undefined {
  return statOf(pid)?.[0]
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}

/** For systems without /proc. */
function ps(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() || null
  } catch {
    return null
  }
}
