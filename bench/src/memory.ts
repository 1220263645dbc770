import { readFile } from 'node:fs/promises'

const KILOBYTES = 1024
const SAMPLE_MS = 100

/** What a process holds in memory, in MB. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / KILOBYTES
}

/** Watches processes until it is asked for by how much the one that grew most has grown at most, in MB. */
export async function watchGrowth(pids: readonly number[]): Promise<() => number> {
  const before = await Promise.all(pids.map(residentMegabytes))
  let most = 0
  const timer = setInterval(() => {
    pids.forEach((pid, at) => {
      void residentMegabytes(pid).then((now) => {
        most = Math.max(most, now - (before[at] ?? 0))
      })
    })
  }, SAMPLE_MS)
  return () => {
    clearInterval(timer)
    return most
  }
}
