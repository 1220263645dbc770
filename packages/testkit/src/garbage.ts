import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export const MB = 1_048_576

/** Between two collections of young objects: more than what Prisma remembers, its last hundred messages. */
const STEPS = 250
const YOUNG = new Set(['new_space', 'new_large_object_space'])

type Collect = (options?: { type: 'minor' | 'major' }) => void

function collector(): Collect {
  setFlagsFromString('--expose-gc')
  // What this expression evaluates to, now that the flag is set.
  return runInNewContext('gc') as Collect
}

/** Bytes that are in use after a full collection. */
export async function bytesInUse(): Promise<number> {
  const collect = collector()
  // Twice, with the loop in between: closing sockets lets go of memory in its own time.
  collect()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/**
 * How many bytes more are old after `step` was done so many times, one after another, with a collection of young objects
 * after every few: what has outlived two of these. Until a full collection it does not matter whether anybody can reach it.
 */
export async function bytesGrownOld(step: () => Promise<unknown>, count: number): Promise<number> {
  const collect = collector()
  collect()
  const before = oldBytes()
  for (let n = 1; n <= count; n++) {
    await step()
    if (n % STEPS === 0) collect({ type: 'minor' })
  }
  return oldBytes() - before
}

/**
 * What a script prints of the bytes that grew old in it. In a process of its own and not optimized, since what code makes old
 * depends on whether and when it was.
 */
export async function bytesGrownOldBy(script: string, ...args: string[]): Promise<number> {
  const flags = ['--no-opt', '--no-maglev', '--disable-warning=ExperimentalWarning']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, ...args])
  return Number(stdout)
}

function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => !YOUNG.has(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0)
}
