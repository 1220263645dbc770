import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@redrive/runtime'

export interface Guard {
  /** Resolves after the first look: false if it must not be used; true also if it is away. */
  passed: Promise<boolean>
  close: () => Promise<void>
}

const LOOK_EVERY_MS = 1_000

/**
 * Sees to it that nobody works on a datastore that is unfit: `refuse` is told why, once. One that is away is looked at
 * when it is back, because much can be done without it.
 */
export function createGuard(options: {
  /** in words, for the log */
  what: string
  /** Rejects with what `isUnfit` knows, or with another error if it is away. */
  check: () => Promise<void>
  isUnfit: (error: unknown) => error is Error
  refuse: (reason: Error) => void
  /** how long the first look may keep anybody waiting; default: until it has ended */
  patienceMs?: number
  log: Log
}): Guard {
  const { what, check, isUnfit, refuse, patienceMs, log } = options
  const stopping = new AbortController()
  const first = look()
  const watching = watch()

  /** Whether it is fit; null: it is away. */
  async function look(): Promise<boolean | null> {
    try {
      await check()
      return true
    } catch (error) {
      if (!isUnfit(error)) {
        log.debug(`${what} could not be looked at`, { error })
        return null
      }
      refuse(error)
      return false
    }
  }

  async function watch(): Promise<void> {
    if ((await first) !== null) return
    log.warn(`${what} is away; whether it may be used is seen when it is back`)
    for (;;) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted || (await look()) !== null) return
    }
  }

  const passed = first.then((isFit) => isFit !== false)
  return {
    passed: patienceMs === undefined ? passed : Promise.race([passed, sleep(patienceMs, true, { ref: false })]),
    async close() {
      stopping.abort()
      await watching
    },
  }
}
