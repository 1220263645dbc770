import type { JobName, JobPayload, QueueName } from '@redrive/contracts'

/** Which datastore BullMQ runs on. On PostgreSQL what is made from one and the same object shares one pool. */
export type QueueBackend =
  | { kind: 'postgres'; connectionString: string; poolSize: number }
  /** `url`: redis://, rediss://, redis+sentinel://h1:p,h2:p/name or redis+cluster://h1:p,h2:p (prefix with a `{hash}`) */
  | {
      kind: 'redis'
      url: string
      prefix: string
      /** each lane is so many queues, by endpoint, that a Redis Cluster can spread over its nodes; default 1 */
      shards?: number
    }

/** Up to how far ahead a retry waits in the queue; later ones wait in the ledger (docs/architecture.md). */
export const horizonMs: Readonly<Record<QueueBackend['kind'], number>> = { postgres: 60_000, redis: 86_400_000 }

/**
 * A job to be enqueued. The same `id` twice is one job, as long as the first is in the queue. `priority`: 0, the default,
 * goes first, then 1 and so on.
 */
export type NewJob = {
  [N in JobName]: {
    name: N
    id: string
    payload: JobPayload<N>
    delayMs?: number
    priority?: number
    /** the span that it comes from (W3C traceparent), where that is not the active one */
    trace?: string | null
  }
}[JobName]

export interface Producer {
  /** Enqueues; rejects with `QueueUnavailable` if the datastore did not take them within a short bounded time. */
  add(jobs: readonly NewJob[]): Promise<void>
  /** Jobs by state, for each queue. Rejects with `QueueUnavailable`. */
  counts(): Promise<Record<QueueName, Record<string, number>>>
  /** Rejects with `QueueUnavailable` unless the datastore takes writes within a short bounded time. */
  ping(): Promise<void>
  /**
   * Whether the datastore may have forgotten jobs: it was emptied, started again, or is another one after a failover.
   * True until somebody says that the ledger knows. Rejects as `ping` does. In PostgreSQL nothing is forgotten.
   */
  hasForgotten(): Promise<boolean>
  /** The ledger knows that jobs may be gone: `hasForgotten` is false until it happens again. */
  ledgerKnows(): Promise<void>
  close(): Promise<void>
}

export interface JobContext {
  jobId: string
  /** aborted when the consumer is told to stop and its patience is over */
  signal: AbortSignal
}

/**
 * What became of a job. `again`: BullMQ delays the same job to that time (an expected failure: no stack, the reason is
 * shown in Bull Board). `failed`: shown among the failed jobs for some days, not run again, and its id not taken again.
 */
export type JobResult =
  { kind: 'done' } | { kind: 'again'; at: Date; reason: string } | { kind: 'failed'; reason: string }

export type JobHandler<N extends JobName> = (payload: JobPayload<N>, context: JobContext) => Promise<JobResult>

export interface Consumer {
  /** Stops taking jobs, waits for those in hand; after `graceMs` their signals are aborted. */
  close(graceMs: number): Promise<void>
}
