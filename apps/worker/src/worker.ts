import type { Clock, Random, RetryPolicy } from '@redrive/core'
import type { Sender } from '@redrive/delivery'
import {
  createConsumer,
  createCrowding,
  horizonMs,
  type Producer,
  type QueueBackend,
  type QueueTelemetry,
  tellingMisses,
} from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { BulkRetries, Ledger } from '@redrive/store'
import { noTracing, type Tracing } from '@redrive/tracing'
import { createDeliveryLedger } from './batches.ts'
import { createBulkRetryRunner } from './bulk-retry.ts'
import { createDeliver } from './deliver.ts'
import { createFanOut } from './fan-out.ts'
import { createFirstAttempts } from './first-attempts.ts'
import { createGates } from './gates.ts'
import { createLane } from './lanes.ts'
import { createLeases } from './leases.ts'
import type { WorkerMetrics } from './metrics.ts'
import { createReconciler } from './reconciler.ts'
import { createWorkerPace } from './turns.ts'

export interface WorkerDeps {
  ledger: Ledger
  bulkRetries: Pick<BulkRetries, 'step'>
  queue: QueueBackend
  /** of the queue's shards, those that this worker works on; default the first, which is all where it is not sharded */
  shards?: readonly number[]
  producer: Producer
  sender: Sender
  /** deliveries in hand at most, in each lane */
  concurrency: number
  defaultRetryPolicy: RetryPolicy
  version: string
  clock: Clock
  random: Random
  metrics: WorkerMetrics
  /** default: nothing is traced */
  tracing?: Tracing
  /** BullMQ's own part of the traces */
  telemetry?: QueueTelemetry | undefined
  /** whether receivers get a `traceparent`; default: they don't */
  tellTrace?: boolean
  log: Log
}

export interface Worker {
  /**
   * Takes no more jobs, lets requests in flight finish, and cuts them after `graceMs`; what is cut is recorded as
   * interrupted and goes on elsewhere.
   */
  close(graceMs: number): Promise<void>
}

/** A job has up to a hundred events, so a few at a time are many. */
const FAN_OUTS_AT_ONCE = 4
/** Retries that people asked for have slots of their own, so many of the whole. */
const RETRY_SHARE = 4

/** Fans out, delivers, retries, and looks after what is owed: consumers of the queue over the ledger. */
export function createWorker({ producer: plain, ...others }: WorkerDeps): Worker {
  const producer = tellingMisses(plain, (misses) => others.ledger.unbrought(misses), others.log)
  const deps: WorkerDeps = { ...others, producer }
  const { queue: backend, shards = [0], concurrency, tracing = noTracing, telemetry, tellTrace = false, log } = deps
  const ledger = createDeliveryLedger(deps.ledger, tracing)
  const leases = createLeases({ ledger: deps.ledger, log })
  const gates = createGates({
    ...deps,
    firstAttempts: { start: (...due) => first.start(...due), places: () => first.places() },
  })
  const crowding = createCrowding()
  const pace = createWorkerPace()
  const retrySlots = Math.ceil(concurrency / RETRY_SHARE)
  const deliver = createDeliver({
    ...deps,
    tracing,
    tellTrace,
    pace,
    ledger,
    leases,
    gates,
    crowding,
    horizonMs: horizonMs[backend.kind],
  })
  // floods and bulk retries have slots of their own
  const attempts = (slots: number) =>
    createFirstAttempts({ ...deps, tracing, deliver, lane: createLane(slots, { freedByAnswer: true }) })
  const [first, firstOfFloods, inBulk] = [attempts(concurrency), attempts(concurrency), attempts(retrySlots)]
  const handlers = {
    publish: createFanOut({ ...deps, isFlood: false, pace, firstAttempts: first, gates, tracing, crowding }),
    flood: createFanOut({ ...deps, isFlood: true, pace, firstAttempts: firstOfFloods, gates, tracing, crowding }),
    deliver: deliver.handler(createLane(concurrency)),
    slow: deliver.handler(null),
    retry: deliver.handler(createLane(retrySlots)),
  }
  const consumers = shards.flatMap((shard) => {
    const options = { backend, shard, telemetry, log }
    // each shard has its part of the slots
    const part = (slots: number): number => Math.ceil(slots / shards.length)
    return [
      createConsumer({ ...options, queue: 'publish', handler: handlers.publish, concurrency: part(FAN_OUTS_AT_ONCE) }),
      createConsumer({
        ...options,
        queue: 'publish-slow',
        handler: handlers.flood,
        concurrency: part(FAN_OUTS_AT_ONCE),
      }),
      createConsumer({ ...options, queue: 'deliver', handler: handlers.deliver, concurrency: part(concurrency) }),
      createConsumer({ ...options, queue: 'deliver-slow', handler: handlers.slow, concurrency: part(concurrency) }),
      createConsumer({ ...options, queue: 'retry', handler: handlers.retry, concurrency: part(retrySlots) }),
    ]
  })
  const reconciler = createReconciler({ ...deps, pace })
  const bulkRetries = createBulkRetryRunner({ ...deps, attempts: inBulk, pace })

  return {
    async close(graceMs) {
      pace.close()
      await Promise.all([
        reconciler.close(),
        bulkRetries.close(),
        ...consumers.map((consumer) => consumer.close(graceMs)),
        first.close(graceMs),
        firstOfFloods.close(graceMs),
        inBulk.close(graceMs),
      ])
      leases.close()
      await gates.close()
      await ledger.close()
    },
  }
}
