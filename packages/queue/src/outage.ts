import type { Log } from '@redrive/runtime'

/** Silence after which a further error counts as a new outage. */
const QUIET_MS = 30_000

export interface OutageWatch {
  /** The datastore failed us: the first time in an outage is logged, the rest of them are not. */
  error: (error: Error) => void
  /** It works: the end of an outage is logged. */
  over: () => void
}

/** One line when the datastore goes away and one when it is back, however many commands fail in between. */
export function watchOutage(log: Log, fields: Record<string, unknown>): OutageWatch {
  let last: number | undefined
  return {
    error(error) {
      const isNew = last === undefined || Date.now() - last > QUIET_MS
      last = Date.now()
      if (isNew) log.warn('queue datastore unavailable', { ...fields, reason: error.message || error.name })
    },
    over() {
      if (last === undefined) return
      last = undefined
      log.info('queue datastore available again', fields)
    },
  }
}
