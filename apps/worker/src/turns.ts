import type { JobResult } from '@redrive/queue'
import { createPace, type Pace } from '@redrive/runtime'

/** `wait`: from an event's publishing to its first attempt. */
export type WorkerPace = Pace<'wait'>

/** By deliveries: what crowds the others goes as fast as these hardly notice. */
export function createWorkerPace(): WorkerPace {
  return createPace({ rate: { first: 40, least: 20, most: 500 }, strainMs: { wait: 4 } })
}

/** For a worker that stops: another takes the job. */
export function notItsTurn(): JobResult {
  return { kind: 'again', at: new Date(), reason: 'The worker stopped before its turn.' }
}
