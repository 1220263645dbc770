import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@redrive/runtime'
import { MigrationError } from './errors.ts'
import { checkSchema } from './migrate.ts'

export interface SchemaGuard {
  /** what the first look found wrong; null if nothing is, or the database is away */
  misfit: Promise<MigrationError | null>
  close: () => Promise<void>
}

const LOOK_EVERY_MS = 1_000

/**
 * Sees to it that nobody works on a database of another release. One that is away does not stop the start: it is looked
 * at when it is back, and `refuse`, which ends the process, is told what is wrong then.
 */
export function guardSchema(options: {
  databaseUrl: string
  refuse: (reason: MigrationError) => void
  log: Log
}): SchemaGuard {
  const { databaseUrl, refuse, log } = options
  const stopping = new AbortController()
  const first = look()
  const watching = watch()

  async function look(): Promise<MigrationError | 'fits' | 'away'> {
    try {
      await checkSchema(databaseUrl)
      return 'fits'
    } catch (error) {
      if (error instanceof MigrationError) return error
      log.debug('the schema of the database can not be seen', { error })
      return 'away'
    }
  }

  async function watch(): Promise<void> {
    if ((await first) !== 'away') return
    log.warn('the database is away; whether it is of this release is seen when it is back')
    for (;;) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      const later = await look()
      if (later instanceof MigrationError) refuse(later)
      if (later !== 'away') return
    }
  }

  return {
    misfit: first.then((found) => (found instanceof MigrationError ? found : null)),
    async close() {
      stopping.abort()
      await watching
    },
  }
}
