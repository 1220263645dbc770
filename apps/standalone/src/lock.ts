import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { codeOf } from './error-code.ts'
import type { Processes } from './processes.ts'
import { StartError } from './start-error.ts'

/** One start at a time in a data folder. */
export interface Lock {
  /** whether it was left by a run that was killed */
  healed: boolean
  /** Says that this run is about to end, so that the next start waits rather than complains. */
  markStopping: () => void
  release: () => void
}

const holderSchema = z.object({ pid: z.int().positive(), startedAt: z.string().nullable(), stopping: z.boolean() })
type Holder = z.infer<typeof holderSchema>

const POLL_MS = 100

/**
 * Takes the lock of a data folder. One left by a killed run (its process is gone, or its pid belongs to another
 * process now) is taken over; for one whose holder is stopping it waits up to `patienceMs`.
 * @throws StartError if another start is running
 */
export async function takeLock(folder: string, processes: Processes, options: { patienceMs: number }): Promise<Lock> {
  const path = join(folder, 'lock')
  const own = `${path}.${String(processes.ownPid)}`
  const holder: Holder = {
    pid: processes.ownPid,
    startedAt: processes.startedAt(processes.ownPid),
    stopping: false,
  }
  const deadline = performance.now() + options.patienceMs
  let healed = false

  // A link comes into being with its content, or not at all.
  writeFileSync(own, JSON.stringify(holder), { mode: 0o600 })
  try {
    while (!tryLink(own, path)) {
      const other = readHolder(path)
      if (other === null || !isRunning(other, processes)) {
        healed = removeStale(path, `${own}.stale`, processes) || healed
      } else if (!other.stopping || performance.now() > deadline) {
        throw new StartError(
          `Redrive is already running here (process ${String(other.pid)}, data in ${folder}): stop it first, or start another with REDRIVE_DATA_DIR and PORT set.`,
        )
      } else {
        await sleep(POLL_MS)
      }
    }
  } finally {
    rmSync(own, { force: true })
  }

  return {
    healed,
    markStopping: () => {
      writeFileSync(own, JSON.stringify({ ...holder, stopping: true }), { mode: 0o600 })
      renameSync(own, path)
    },
    release: () => {
      rmSync(path, { force: true })
    },
  }
}

function tryLink(own: string, path: string): boolean {
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Two starts may find the same stale lock: whoever moved away a fresh one by mistake puts it back. */
function removeStale(path: string, aside: string, processes: Processes): boolean {
  try {
    renameSync(path, aside)
  } catch {
    return false
  }
  const moved = readHolder(aside)
  const stale = moved === null || !isRunning(moved, processes)
  if (!stale) tryLink(aside, path)
  rmSync(aside, { force: true })
  return stale
}

function readHolder(path: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

function isRunning(holder: Holder, processes: Processes): boolean {
  if (!processes.isAlive(holder.pid)) return false
  return holder.startedAt === null || processes.startedAt(holder.pid) === holder.startedAt
}
