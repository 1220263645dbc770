import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@redrive/runtime'

export interface Guard {
  /** Resolves after the first look: why it must not be used, or null; null also if it is away. */
  unfit: Promise<Error | null>
  close: () => Promise<void>
}

const LOOK_EVERY_MS = 1_000

/**
 * Sees to it that nobody works on a datastore that is unfit. One that is away is looked at when it is back, because
 * much can be done without it: `refuse` is told then, once.
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
  const isStopping = (): boolean => stopping.signal.aborted
  const first = look()
  // what is not known by then counts as away
  const patience = patienceMs === undefined ? [] : [sleep(patienceMs, 'away' as const, { ref: false })]
  const firstKnown = Promise.race([first, ...patience])
  const watching = watch()

  async function look(): Promise<'fit' | 'away' | Error> {
    try {
      await check()
      return 'fit'
    } catch (error) {
      if (isUnfit(error)) return error
      log.debug(`${what} could not be looked at`, { error })
      return 'away'
    }
  }

  async function watch(): Promise<void> {
    if ((await firstKnown) !== 'away') return
    log.warn(`${what} is away; whether it may be used is seen when it is back`)
    let found = await first
    while (found === 'away' && !isStopping()) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (!isStopping()) found = await look()
    }
    if (found instanceof Error && !isStopping()) refuse(found)
  }

  return {
    unfit: firstKnown.then((found) => (found instanceof Error ? found : null)),
    async close() {
      stopping.abort()
      await watching
    },
  }
}
