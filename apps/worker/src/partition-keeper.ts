import type { Log } from '@redrive/runtime'

const EVERY_MS = 3_600_000
const DAYS_AHEAD = 7

/** Keeps the ledger's daily partitions made ahead. What finds none goes to the default one, so being late loses nothing. */
export function createPartitionKeeper(deps: { ensurePartitions(daysAhead: number): Promise<number>; log: Log }): {
  close(): void
} {
  const look = (): void => {
    deps.ensurePartitions(DAYS_AHEAD).catch((error: unknown) => {
      deps.log.warn('partitions could not be made ahead', { error })
    })
  }
  look()
  const timer = setInterval(look, EVERY_MS)
  timer.unref()
  return {
    close: () => {
      clearInterval(timer)
    },
  }
}
