import { publishJobs, slowed } from '@redrive/queue'
import type { TraceParent } from '@redrive/tracing'
import type { Hurry } from './hurry.ts'

/** An event that is committed and wants its fan-out. */
interface Announced {
  eventId: string
  /** 0 going first; above it, by the lane of floods */
  priority: number
  /** the key whose flood it is part of */
  crowd: string | null
}

export interface Announcer {
  /** `trace`: of the commit; what has one is not gathered with others. */
  announce(events: readonly Announced[], trace: TraceParent): void
  /** Resolves when the queue has been told of everything, or has refused it. */
  close(): Promise<void>
}

/** More of these are told by the next call. */
const MOST_AT_ONCE = 1_000
const CALLS_AT_ONCE = 2
/** Beyond this the queue hangs: then the calls end as all calls to it do, and what it was not told the ledger knows. */
const MOST_WAITING = 10_000
/** A flood's events gather for so long for each level of its priority, and no longer than that, or until they fill a job. */
const CROWD_GATHER_MS = 5
const LONGEST_GATHER_MS = 25
const FULL = 100

/**
 * Tells the queue what was just committed. A job has a price of its own, of twenty events and more: while the queue is
 * busy with taking some, the next commits gather for one job. What comes while it is not goes at once, and only floods
 * wait a little, the longer the more there is.
 */
export function createAnnouncer(hurry: Hurry): Announcer {
  const waiting: Announced[] = []
  const calls = new Set<Promise<void>>()
  const crowd: Announced[] = []
  let gathering: NodeJS.Timeout | undefined

  function tell(events: readonly Announced[], trace: TraceParent): Promise<void> {
    const jobs = [...Map.groupBy(events, ({ priority }) => priority)].flatMap(([priority, group]) => {
      const some = publishJobs(group.map(({ eventId }) => eventId))
      if (priority === 0) return some
      const crowds = [...new Set(group.flatMap(({ crowd }) => crowd ?? []))]
      return some.map((job) => slowed(job, priority, crowds))
    })
    return hurry.told(jobs.map((job) => ({ ...job, trace })))
  }

  function goOn(): void {
    while (waiting.length >= MOST_WAITING || (waiting.length > 0 && calls.size < CALLS_AT_ONCE)) {
      const call = tell(waiting.splice(0, MOST_AT_ONCE), null).finally(() => {
        calls.delete(call)
        goOn()
      })
      calls.add(call)
    }
  }

  function letCrowdGo(): void {
    clearTimeout(gathering)
    gathering = undefined
    waiting.push(...crowd.splice(0))
    goOn()
  }

  return {
    announce(events, trace) {
      if (trace !== null) {
        void tell(events, trace)
        return
      }
      for (const event of events) (event.priority === 0 ? waiting : crowd).push(event)
      goOn()
      const [first] = crowd
      if (first === undefined) return
      if (crowd.length >= FULL) letCrowdGo()
      else gathering ??= setTimeout(letCrowdGo, Math.min(first.priority * CROWD_GATHER_MS, LONGEST_GATHER_MS))
    },
    async close() {
      if (crowd.length > 0) letCrowdGo()
      while (calls.size > 0) await Promise.all(calls)
    },
  }
}
