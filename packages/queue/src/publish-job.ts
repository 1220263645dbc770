import { publishJobId } from '@redrive/contracts'
import type { NewJob } from './types.ts'

/** Events in one job: few jobs for many events, and yet shared out to several workers, who also make the first attempts. */
const JOB_EVENTS = 100

/** The jobs that fan out these events. */
export function publishJobs(eventIds: readonly string[], priority = 0): NewJob[] {
  return Array.from({ length: Math.ceil(eventIds.length / JOB_EVENTS) }, (_, at) => {
    const some = eventIds.slice(at * JOB_EVENTS, (at + 1) * JOB_EVENTS)
    return { name: 'publish', id: publishJobId(some[0] ?? ''), payload: { v: 1, eventIds: some }, priority }
  })
}
