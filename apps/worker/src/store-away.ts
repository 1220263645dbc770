import type { JobResult } from '@redrive/queue'
import { StoreUnavailable } from '@redrive/store'

const WAIT_MS = 2_000

/** Trouble with our own database is nobody's failed attempt: the job comes again. */
export async function laterIfStoreIsAway(work: () => Promise<JobResult>): Promise<JobResult> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    return { kind: 'again', at: new Date(Date.now() + WAIT_MS), reason: 'The database is not available.' }
  }
}
