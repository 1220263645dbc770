import type { ServiceConfig } from '@redrive/config'
import { createSealer } from '@redrive/core'
import {
  checkRedis,
  createProducer,
  openTelemetry,
  type Producer,
  QueueRefused,
  type QueueTelemetry,
} from '@redrive/queue'
import {
  collectSeldom,
  createLog,
  createMetrics,
  createShutdown,
  type Log,
  type Metrics,
  onSignals,
  poolGauge,
} from '@redrive/runtime'
import { checkSchema, createStore, MigrationError, type StoreOptions } from '@redrive/store'
import { openTracing, type Tracing } from '@redrive/tracing'
import { createGuard, type Guard } from './guard.ts'

/** What an ingress and a worker both stand on, open, and closed by `onClose`'s order when the process is told to stop. */
export interface Service {
  log: Log
  metrics: Metrics
  tracing: Tracing
  /** BullMQ's own part of the traces; undefined while nothing is traced */
  telemetry: QueueTelemetry | undefined
  store: ReturnType<typeof createStore>
  producer: Producer
  /** Registers what is to be closed when the process stops, before all that was registered earlier. */
  onClose(name: string, close: () => Promise<void> | void): void
  /** Closes everything, and ends the process. */
  stop(reason: string, code: number): Promise<void>
}

export interface ServiceOptions {
  /** whose signals stop it, and which it ends */
  process: NodeJS.Process
  config: ServiceConfig
  app: 'ingress' | 'worker'
  version: string
  /** how this app uses the database */
  pool: Pick<StoreOptions, 'poolSize' | 'batchPoolSize' | 'queryTimeoutMs'>
}

/** The ledger does without a queue: one that hangs does not keep the start waiting. */
const QUEUE_PATIENCE_MS = 1_500

/**
 * Opens them in order. A database of another release or an unsafe queue ends the process with 1 and a line on stderr, now
 * (then the answer is null) or when it is back; one that is away does not.
 */
export async function openService(options: ServiceOptions): Promise<Service | null> {
  const { process, config, app, version, pool } = options
  // of the whole process, and only at its start
  collectSeldom()
  const log = createLog({ ...config.log, output: process.stdout }).child({ app })
  const shutdown = createShutdown({ deadlineMs: config.shutdown.seconds * 1000 })

  async function stop(reason: string, code: number): Promise<void> {
    log.info('stopping', { reason })
    for (const { name, error } of await shutdown.run()) log.warn('did not close in order', { part: name, error })
    log.info('stopped')
    await log.flush()
    process.exit(code)
  }
  const complain = ({ message }: Error): void => void process.stderr.write(`${message}\n`)
  const refuse = (reason: Error): void => {
    complain(reason)
    void stop('a datastore must not be used', 1)
  }
  /** An unfit datastore ends a process that has hardly begun, with that one line. */
  async function passes(name: string, guard: Guard): Promise<boolean> {
    shutdown.add(name, guard.close)
    const unfit = await guard.unfit
    if (unfit === null) return true
    complain(unfit)
    process.exitCode = 1
    await shutdown.run()
    return false
  }

  const { queue } = config
  const database = createGuard({
    what: 'the database',
    check: () => checkSchema(config.database.url),
    isUnfit: (error) => error instanceof MigrationError,
    refuse,
    log,
  })
  if (!(await passes('guard of the database', database))) return null
  onSignals(process, (reason) => void stop(reason, 0))
  const datastore = createGuard({
    what: 'the queue’s datastore',
    check: () => (queue.kind === 'redis' ? checkRedis(queue.url) : Promise.resolve()),
    isUnfit: (error) => error instanceof QueueRefused,
    refuse,
    patienceMs: QUEUE_PATIENCE_MS,
    log,
  })
  if (!(await passes('guard of the queue', datastore))) return null

  const tracing = await openTracing(
    config.tracing && {
      ...config.tracing,
      service: `redrive-${app}`,
      version,
      onTrouble: (reason) => {
        log.warn('traces could not be sent', { reason })
      },
    },
  )
  shutdown.add('tracing', () => tracing.close())
  const telemetry = tracing.isOn ? await openTelemetry() : undefined
  const store = createStore({
    ...pool,
    databaseUrl: config.database.url,
    sealer: createSealer(config.security.encryptionKeys),
    defaultRetryPolicy: config.delivery.retryPolicy,
    breaker: config.delivery.breaker,
    log,
  })
  shutdown.add('store', () => store.close())
  const producer = createProducer({ backend: config.queue, telemetry, log })
  shutdown.add('producer', () => producer.close())
  const metrics = createMetrics({ processMetrics: true })
  poolGauge(metrics, {
    name: 'redrive_database_connections',
    help: 'Connections of the ledger’s pool, and who waits for one',
    pool: () => store.pool(),
  })
  return {
    log,
    metrics,
    tracing,
    telemetry,
    store,
    producer,
    onClose: (name, close) => {
      shutdown.add(name, close)
    },
    stop,
  }
}
