import type { JobResult } from '@redrive/queue'
import { createPace, type Pace } from '@redrive/runtime'

/** `claim`: how long the database took over one; `wait`: from an event's publishing to its first claim. */
export type WorkerPace = Pace<'claim' | 'wait'>

/** By deliveries: what crowds the others goes as fast as these hardly notice. */
export function createWorkerPace(): WorkerPace {
  return createPace({ rate: { first: 200, least: 150, most: 5_000 }, strainMs: { claim: 5, wait: 8 } })
}

/** For a worker that stops: another takes the job. */
export function notItsTurn(): JobResult {
  return { kind: 'again', at: new Date(), reason: 'The worker stopped before its turn.' }
}
