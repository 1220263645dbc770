import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** As PostgreSQL writes its log. */
const PAGE = Buffer.alloc(8192, 1)
/** Seldom enough that the database hardly notices. */
const EVERY_MS = 50

/**
 * Beside `run`, how long the disk that the databases are on takes for a synced write of a page, in ms: every commit waits
 * for one, whoever else uses the disk.
 */
export async function withDiskTimes<Result>(run: () => Promise<Result>): Promise<{ result: Result; syncs: number[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-bench-disk-'))
  const file = await open(join(folder, 'page'), 'w')
  try {
    // the file has its size: from now on data alone is written
    await file.write(PAGE, 0, PAGE.length, 0)
    await file.sync()
    const over = new AbortController()
    const running = run().finally(() => {
      over.abort()
    })
    const [result, syncs] = await Promise.all([running, syncTimes(file, over.signal)])
    return { result, syncs }
  } finally {
    await file.close()
    await rm(folder, { recursive: true })
  }
}

async function syncTimes(file: FileHandle, over: AbortSignal): Promise<number[]> {
  const times: number[] = []
  while (!over.aborted) {
    await file.write(PAGE, 0, PAGE.length, 0)
    const from = performance.now()
    await file.datasync()
    times.push(performance.now() - from)
    await sleep(EVERY_MS)
  }
  return times
}
