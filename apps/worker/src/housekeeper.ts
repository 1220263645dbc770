import type { Log } from '@redrive/runtime'

interface HousekeeperDeps {
  ensurePartitions(daysAhead: number): Promise<number>
  dropOldDays(days: number): Promise<number>
  retentionDays: number
  log: Log
}

const EVERY_MS = 3_600_000
const DAYS_AHEAD = 7

/**
 * Keeps the ledger's daily partitions made ahead and drops those that are older than the retention. What finds no
 * partition of its day goes to the default one, so being late loses nothing.
 */
export function createHousekeeper(deps: HousekeeperDeps): { close(): Promise<void> } {
  const { retentionDays, log } = deps
  let running = look()
  const timer = setInterval(() => {
    running = look()
  }, EVERY_MS)
  timer.unref()

  async function look(): Promise<void> {
    try {
      await deps.ensurePartitions(DAYS_AHEAD)
      const dropped = await deps.dropOldDays(retentionDays)
      if (dropped > 0) log.info('old days dropped', { days: dropped, retentionDays })
    } catch (error) {
      log.warn('housekeeping failed and is tried again in an hour', { error })
    }
  }

  return {
    close: () => {
      clearInterval(timer)
      return running
    },
  }
}
