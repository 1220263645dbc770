import { type QueueName, QUEUES } from '@redrive/contracts'
import type { Log } from '@redrive/runtime'
import type { JobsOptions } from 'bullmq'
import { within } from './deadline.ts'
import { QueueUnavailable } from './errors.ts'
import { connect, type JobQueue, openQueue } from './link.ts'
import { watchOutage } from './outage.ts'
import { parsePayload } from './payload.ts'
import { shardOf, shardsOf } from './shards.ts'
import { below, type QueueTelemetry, traceMetadata } from './telemetry.ts'
import type { NewJob, Producer, QueueBackend } from './types.ts'

/** How long `add` may take for one batch. PostgreSQL gets longer: it is the ledger too, and slower at large batches. */
const ADD_TIMEOUT_MS = { redis: 500, postgres: 2000 }
const ASK_TIMEOUT_MS = 2000
/** Redis takes a batch in one go, and serves nobody else meanwhile. */
const BATCH = 100
/** PostgreSQL's bulk insert has a fixed price of some 7 ms, and single ones run side by side. */
const BULK_FROM = { redis: 2, postgres: 10 }

/** Beyond any number of times that a job can be told `again`: how often is the ledger's business. */
const ENDLESS = 1_000_000

/** Ids only travel in jobs; the largest is a publish job of 100 events. */
const SIZE_LIMIT_BYTES = 65_536

export function createProducer(options: {
  backend: QueueBackend
  log: Log
  telemetry?: QueueTelemetry | undefined
}): Producer {
  const { backend, log, telemetry } = options
  const outage = watchOutage(log, { part: 'producer' })
  const link = connect(backend, 'hasty', outage.error)
  const shards = shardsOf(backend)
  const queues = new Map<string, JobQueue>()

  /** BullMQ remembers a failed start on PostgreSQL for ever: such a queue is thrown away, and the next call makes another. */
  async function ready(name: QueueName, shard: number): Promise<JobQueue> {
    await link.awake()
    const key = keyOf(name, shard)
    const queue = queues.get(key) ?? openQueue(link, { name, shard }, outage.error, telemetry)
    queues.set(key, queue)
    try {
      await queue.waitUntilReady()
      return queue
    } catch (error) {
      if (queues.get(key) === queue) queues.delete(key)
      throw error
    }
  }

  async function bounded<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
    try {
      const result = await within(ms, work)
      outage.over()
      return result
    } catch (cause) {
      throw new QueueUnavailable(what, cause)
    }
  }

  async function addBatch(jobs: readonly Bulk[]): Promise<void> {
    const [first] = jobs
    if (first === undefined) return
    const queue = await ready(first.name, first.shard)
    if (jobs.length >= BULK_FROM[backend.kind]) await queue.addBulk([...jobs])
    else await Promise.all(jobs.map((job) => addOne(queue, job)))
  }

  /** BullMQ's `add` takes the trace that is active, whatever the job says. */
  function addOne(queue: JobQueue, { name, data, opts, trace }: Bulk): Promise<unknown> {
    const add = () => queue.add(name, data, opts)
    return telemetry && trace ? below(telemetry, trace, add) : add()
  }

  function isMarked(): Promise<boolean> {
    const asked = link.awake().then(() => link.isMarked())
    return bounded(ASK_TIMEOUT_MS, 'does not answer', asked)
  }

  return {
    async add(jobs) {
      for (const all of Map.groupBy(jobs, (job) => keyOf(job.name, shardOf(job, shards))).values()) {
        for (let from = 0; from < all.length; from += BATCH) {
          const batch = addBatch(all.slice(from, from + BATCH).map((job) => toBulk(job, shardOf(job, shards))))
          await bounded(ADD_TIMEOUT_MS[backend.kind], 'did not take jobs', batch)
        }
      }
    },
    async counts() {
      const count = async (name: QueueName): Promise<[QueueName, Record<string, number>]> => [
        name,
        sum(await Promise.all(Array.from({ length: shards }, async (_, at) => (await ready(name, at)).getJobCounts()))),
      ]
      const all = await bounded(ASK_TIMEOUT_MS, 'did not count its jobs', Promise.all(QUEUES.map(count)))
      // Object.fromEntries forgets that its keys are the queues.
      return Object.fromEntries(all) as Record<QueueName, Record<string, number>>
    },
    async ping() {
      await isMarked()
    },
    hasForgotten: async () => !(await isMarked()),
    async ledgerKnows() {
      await bounded(ASK_TIMEOUT_MS, 'does not answer', link.mark())
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => within(ASK_TIMEOUT_MS, queue.close())))
      await link.close()
    },
  }
}

interface Bulk {
  name: QueueName
  shard: number
  data: unknown
  opts: JobsOptions
  trace: string | null
}

function keyOf(name: QueueName, shard: number): string {
  return shard === 0 ? name : `${name}:${String(shard)}`
}

function sum(all: readonly Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const counts of all)
    for (const [state, count] of Object.entries(counts)) total[state] = (total[state] ?? 0) + count
  return total
}

function toBulk(job: NewJob, shard: number): Bulk {
  const parsed = parsePayload(job.name, job.payload)
  if (!parsed.ok) throw new TypeError(`job ${job.id} is no ${job.name} job: ${parsed.reason}`)
  return {
    name: job.name,
    shard,
    data: parsed.payload,
    trace: job.trace ?? null,
    opts: {
      jobId: job.id,
      // Whole milliseconds: PostgreSQL refuses others.
      delay: Math.max(0, Math.round(job.delayMs ?? 0)),
      priority: job.priority ?? 0,
      attempts: ENDLESS,
      backoff: { type: 'told' },
      removeOnComplete: true,
      // A job that failed by a bug, and stayed, would swallow the reconciler's next one of the same id.
      removeOnFail: true,
      sizeLimit: SIZE_LIMIT_BYTES,
      ...(job.trace && { telemetry: { metadata: traceMetadata(job.trace) } }),
    },
  }
}
