import { publishJobs, slowed } from '@redrive/queue'
import type { TraceParent } from '@redrive/tracing'
import type { Hurry } from './hurry.ts'

/** An event that is committed and wants its fan-out. */
interface Announced {
  eventId: string
  /** 0 going first; above it, by the lane of floods */
  priority: number
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

/**
 * Tells the queue what was just committed. A job has a price of its own, of twenty events and more: while the queue is
 * busy with taking some, the next commits gather for one job. What comes while it is not goes at once.
 */
export function createAnnouncer(hurry: Hurry): Announcer {
  const waiting: Announced[] = []
  const calls = new Set<Promise<void>>()

  function tell(events: readonly Announced[], trace: TraceParent): Promise<void> {
    const jobs = [...Map.groupBy(events, ({ priority }) => priority)].flatMap(([priority, group]) =>
      publishJobs(group.map(({ eventId }) => eventId)).map((job) => (priority === 0 ? job : slowed(job, priority))),
    )
    return hurry.told(jobs.map((job) => ({ ...job, trace })))
  }

  function goOn(): void {
    while (waiting.length > 0 && calls.size < CALLS_AT_ONCE) {
      const call = tell(waiting.splice(0, MOST_AT_ONCE), null).finally(() => {
        calls.delete(call)
        goOn()
      })
      calls.add(call)
    }
  }

  return {
    announce(events, trace) {
      if (trace === null) {
        waiting.push(...events)
        goOn()
      } else void tell(events, trace)
    },
    async close() {
      while (calls.size > 0) await Promise.all(calls)
    },
  }
}
