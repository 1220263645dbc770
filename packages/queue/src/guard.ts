import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@redrive/runtime'
import { checkRedis } from './check-redis.ts'
import { within } from './deadline.ts'
import { QueueRefused } from './errors.ts'
import type { QueueBackend } from './types.ts'

export interface QueueGuard {
  /** Resolves after a first, short look: false if the datastore must not be used; true also if it is away. */
  passed: Promise<boolean>
  close(): Promise<void>
}

const FIRST_LOOK_MS = 1_500
const LOOK_EVERY_MS = 5_000

/**
 * Sees to it that nobody works on a datastore that would lose jobs (Redis that evicts, or is too old): `refuse` is told
 * why, once, and ends the process. One that is away is looked at when it is back, because events are taken without it.
 */
export function guardQueue(options: {
  backend: QueueBackend
  refuse: (reason: QueueRefused) => void
  log: Log
}): QueueGuard {
  const { backend, refuse, log } = options
  const stopping = new AbortController()
  const looking = backend.kind === 'redis' ? look(backend.url) : Promise.resolve(true)

  async function look(url: string): Promise<boolean> {
    for (let first = true; !stopping.signal.aborted; first = false) {
      try {
        await checkRedis(url)
        return true
      } catch (error) {
        if (error instanceof QueueRefused) {
          refuse(error)
          return false
        }
        if (first) log.warn('the queue’s datastore is away; whether it may be used is seen when it is back', { error })
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    return true
  }

  return {
    passed: within(FIRST_LOOK_MS, looking).catch(() => true),
    async close() {
      stopping.abort()
      await looking
    },
  }
}
