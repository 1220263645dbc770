import type { JobPayload, QueueName } from '@redrive/contracts'
import type { Log } from '@redrive/runtime'
import { type Job, UnrecoverableError } from 'bullmq'
import { parsePayload } from './payload.ts'
import type { JobHandler, JobResult, QueueBackend } from './types.ts'

/**
 * How long failed jobs are kept, and on Redis, whose memory they take, how many of a queue. On PostgreSQL a count would
 * be one through the table for each job that fails.
 */
const FAILED_KEPT: Readonly<Record<QueueBackend['kind'], { age: number; count?: number }>> = {
  postgres: { age: 86_400 },
  redis: { age: 3 * 86_400, count: 10_000 },
}
const MAX_REASON = 1000

/** Told to BullMQ by throwing: the job waits until `at`. An expected outcome, so it has no stack. */
class Again extends Error {
  readonly at: Date

  constructor(reason: string, at: Date) {
    super(reason)
    this.name = 'Again'
    this.stack = ''
    this.at = at
  }
}

/** BullMQ's `backoffStrategy`: the delay in whole milliseconds, or -1 for no further time. */
export function delayFromError(_made: number, _type?: string, error?: Error): number {
  return error instanceof Again ? Math.max(0, Math.round(error.at.getTime() - Date.now())) : -1
}

export interface RunJob<N extends QueueName> {
  backend: QueueBackend['kind']
  queue: N
  handler: JobHandler<N>
  signal: AbortSignal
  log: Log
  onError(error: Error): void
}

/** Runs one of BullMQ's jobs with a handler that doesn't know BullMQ. */
export async function runJob<N extends QueueName>(job: Job<unknown, void>, run: RunJob<N>): Promise<void> {
  const jobId = job.id ?? ''
  const parsed = parsePayload(run.queue, job.data)
  if (!parsed.ok) {
    run.log.error('job refused', { queue: run.queue, jobId, reason: clean(parsed.reason) })
    keepFailed(job, jobId, run.backend)
    throw failure(`unreadable payload: ${parsed.reason}`)
  }
  const result = await handle(job, run, parsed.payload, jobId)
  switch (result.kind) {
    case 'done':
      return
    case 'again':
      throw withoutStack(() => new Again(clean(result.reason), result.at))
    case 'failed':
      job.opts.removeOnFail = FAILED_KEPT[run.backend]
      throw failure(result.reason)
  }
}

/** A handler that throws is a bug of ours: told in the log, and its job ends, because the reconciler knows what is owed. */
async function handle<N extends QueueName>(
  job: Job,
  run: RunJob<N>,
  payload: JobPayload<N>,
  jobId: string,
): Promise<JobResult> {
  try {
    return await run.handler(payload, { jobId, signal: run.signal })
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    run.log.error('job handler threw', { queue: run.queue, jobId, error: error.message, stack: error.stack })
    run.onError(error)
    keepFailed(job, jobId, run.backend)
    throw failure(`${error.name}: ${error.message}`)
  }
}

/**
 * A job that failed by a bug is shown among the failed ones, unless its id is one that the reconciler will enqueue again:
 * a retained job swallows a later one of its id, and that delivery would wait for days.
 */
function keepFailed(job: Job, jobId: string, backend: QueueBackend['kind']): void {
  job.opts.removeOnFail = /^(dlv|evt)_/.test(jobId) ? true : FAILED_KEPT[backend]
}

function failure(reason: string): UnrecoverableError {
  return withoutStack(() => {
    const error = new UnrecoverableError(clean(reason))
    error.stack = ''
    return error
  })
}

/** Capturing stacks is what makes expected failures dear. */
function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** PostgreSQL's jsonb takes no NUL and no lone surrogates: a reason with one could not be stored, and the job would run again. */
function clean(reason: string): string {
  return reason.slice(0, MAX_REASON).replaceAll('\0', '\uFFFD').toWellFormed()
}
