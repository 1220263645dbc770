import type { Log } from '@redrive/runtime'

/** Silence after which a further error counts as a new outage. */
const QUIET_MS = 30_000
/** A consumer has several connections, which come back one after the other: what the last of them says is no news. */
const SETTLE_MS = 3_000

export interface OutageWatch {
  /** The datastore failed us: the first time in an outage is logged, the rest of them are not. */
  error: (error: Error) => void
  /** It works: the end of an outage is logged. */
  over: () => void
}

/** One line when the datastore goes away and one when it is back, however many commands fail in between. */
export function watchOutage(log: Log, fields: Record<string, unknown>): OutageWatch {
  let last: number | undefined
  let overAt = -Infinity
  return {
    error(error) {
      const now = performance.now()
      if (now - overAt < SETTLE_MS) return
      const isNew = last === undefined || now - last > QUIET_MS
      last = now
      if (isNew) log.warn('queue datastore unavailable', { ...fields, reason: error.message || error.name })
    },
    over() {
      if (last === undefined) return
      last = undefined
      overAt = performance.now()
      log.info('queue datastore available again', fields)
    },
  }
}
