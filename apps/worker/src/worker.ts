import type { Clock, Random, RetryPolicy } from '@redrive/core'
import type { Sender } from '@redrive/delivery'
import {
  createConsumer,
  createCrowding,
  horizonMs,
  type JobHandler,
  type Producer,
  type QueueBackend,
  type QueueTelemetry,
} from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { BulkRetries, Ledger } from '@redrive/store'
import { noTracing, type Tracing } from '@redrive/tracing'
import { createDeliveryLedger } from './batches.ts'
import { createBulkRetryRunner } from './bulk-retry.ts'
import { createDeliver } from './deliver.ts'
import { createFanOut } from './fan-out.ts'
import { createGates } from './gates.ts'
import { createLane, type Lane } from './lanes.ts'
import { createLeases } from './leases.ts'
import type { WorkerMetrics } from './metrics.ts'
import { createReconciler } from './reconciler.ts'

export interface WorkerDeps {
  ledger: Ledger
  bulkRetries: Pick<BulkRetries, 'step'>
  queue: QueueBackend
  producer: Producer
  sender: Sender
  /** requests in flight at most */
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

/** Events of one commit are one job, so a few at a time are many events. */
const FAN_OUTS_AT_ONCE = 4
/** Retries that people asked for have slots of their own, so many of the whole. */
const RETRY_SHARE = 4
/** And so has what exceeds an endpoint's share. */
const SLOW_SHARE = 2

/** Fans out, delivers, retries, and looks after what is owed: consumers of the queue over the ledger. */
export function createWorker(deps: WorkerDeps): Worker {
  const { queue: backend, concurrency, tracing = noTracing, telemetry, tellTrace = false, log } = deps
  const ledger = createDeliveryLedger(deps.ledger, tracing)
  const leases = createLeases({ ledger: deps.ledger, log })
  const gates = createGates(deps)
  const crowding = createCrowding()
  const slowSlots = Math.ceil(concurrency / SLOW_SHARE)
  const retrySlots = Math.ceil(concurrency / RETRY_SHARE)
  const deliverBy = (lane: Lane | null): JobHandler<'deliver'> =>
    createDeliver({
      ...deps,
      tracing,
      tellTrace,
      ledger,
      leases,
      gates,
      lane,
      crowding,
      horizonMs: horizonMs[backend.kind],
    })
  const consumers = [
    createConsumer({
      backend,
      queue: 'publish',
      handler: createFanOut({ ...deps, tracing, crowding }),
      concurrency: FAN_OUTS_AT_ONCE,
      telemetry,
      log,
    }),
    createConsumer({
      backend,
      queue: 'deliver',
      handler: deliverBy(createLane(concurrency)),
      concurrency,
      telemetry,
      log,
    }),
    createConsumer({
      backend,
      queue: 'deliver-slow',
      handler: deliverBy(null),
      concurrency: slowSlots,
      telemetry,
      log,
    }),
    createConsumer({
      backend,
      queue: 'retry',
      handler: deliverBy(createLane(retrySlots)),
      concurrency: retrySlots,
      telemetry,
      log,
    }),
  ]
  const reconciler = createReconciler(deps)
  const bulkRetries = createBulkRetryRunner(deps)

  return {
    async close(graceMs) {
      await Promise.all([
        reconciler.close(),
        bulkRetries.close(),
        ...consumers.map((consumer) => consumer.close(graceMs)),
      ])
      leases.close()
      await gates.close()
      await ledger.close()
    },
  }
}
