import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable } from '@redrive/store'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 1_000

/**
 * For what must not be lost because the database is away for a moment: the receiver has been called, and a result that
 * is not recorded means that it is called again. Tries until it works; `signal` ends the patience.
 */
export async function untilStoreIsBack<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || signal.aborted) throw error
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined) // one last try when told to stop
  }
}
