import { ConfigError, parseServiceConfig, type ServiceConfig } from '@redrive/config'
import { createSealer, systemClock } from '@redrive/core'
import { createAddressPolicy, createSender } from '@redrive/delivery'
import { createProducer, guardQueue, openTelemetry, shardsToWork } from '@redrive/queue'
import { createLog, createMetrics, createShutdown, onSignals, poolGauge } from '@redrive/runtime'
import { createStore, guardSchema } from '@redrive/store'
import { openTracing } from '@redrive/tracing'
import manifest from '../package.json' with { type: 'json' }
import { createHousekeeper } from './housekeeper.ts'
import { createWorkerMetrics } from './metrics.ts'
import { startProbe } from './probe.ts'
import { createWorker } from './worker.ts'

/** Claims, records and the reconciler, with one to spare. */
const POOL_SIZE = 6
/** Of a lease's 20 s: a record that was swallowed with its connection can be made again before the lease ends. */
const QUERY_TIMEOUT_MS = 8_000
/** Of SHUTDOWN_SECONDS, what is kept for handing back and closing after requests in flight have been cut. */
const HAND_BACK_MS = 5_000

/** The composition root of a worker: the only file that knows the process. */
async function main(): Promise<void> {
  const config = readConfig()
  if (config === null) return
  const log = createLog({ ...config.log, output: process.stdout }).child({ app: 'worker' })
  const deadlineMs = config.shutdown.seconds * 1000
  const shutdown = createShutdown({ deadlineMs })

  const stop = async (reason: string, code: number): Promise<void> => {
    log.info('stopping', { reason })
    for (const { name, error } of await shutdown.run()) log.warn('did not close in order', { part: name, error })
    log.info('stopped')
    await log.flush()
    process.exit(code)
  }
  const schema = guardSchema({
    databaseUrl: config.database.url,
    refuse: ({ message }) => {
      process.stderr.write(`${message}\n`)
      void stop('the database is of another release', 1)
    },
    log,
  })
  shutdown.add('schema guard', schema.close)
  const misfit = await schema.misfit
  if (misfit !== null) {
    process.stderr.write(`${misfit.message}\n`)
    process.exitCode = 1
    return
  }
  onSignals(process, (reason) => void stop(reason, 0))

  const guard = guardQueue({
    backend: config.queue,
    refuse: ({ message }) => {
      process.stderr.write(`${message}\n`)
      void stop('the queue’s datastore is unsafe', 1)
    },
    log,
  })
  shutdown.add('guard', () => guard.close())
  if (!(await guard.passed)) return

  const tracing = await openTracing(
    config.tracing && {
      ...config.tracing,
      service: 'redrive-worker',
      version: manifest.version,
      onTrouble: (reason) => {
        log.warn('traces could not be sent', { reason })
      },
    },
  )
  shutdown.add('tracing', () => tracing.close())
  const telemetry = tracing.isOn ? await openTelemetry() : undefined
  const store = createStore({
    databaseUrl: config.database.url,
    poolSize: POOL_SIZE,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    sealer: createSealer(config.security.encryptionKeys),
    defaultRetryPolicy: config.delivery.retryPolicy,
    log,
  })
  shutdown.add('store', () => store.close())
  const producer = createProducer({ backend: config.queue, telemetry, log })
  shutdown.add('producer', () => producer.close())
  const sender = createSender({
    addressPolicy: createAddressPolicy(config.delivery),
    // more than all lanes together hold: endpoints that share an origin must not wait for each other's sockets
    maxSocketsPerOrigin: config.worker.concurrency * 3,
    transport: config.delivery.transport,
    ...(config.delivery.proxyUrl !== null && { proxyUrl: config.delivery.proxyUrl }),
  })
  shutdown.add('sender', () => sender.close())
  const housekeeper = createHousekeeper({
    ensurePartitions: (days) => store.ensurePartitions(days),
    dropOldDays: (days) => store.dropOldDays(days),
    retentionDays: config.retention.days,
    log,
  })
  shutdown.add('housekeeper', () => housekeeper.close())
  const metrics = createMetrics({ processMetrics: true })
  poolGauge(metrics, {
    name: 'redrive_database_connections',
    help: 'Connections of the ledger’s pool, and who waits for one',
    pool: () => store.pool(),
  })
  poolGauge(metrics, {
    name: 'redrive_receiver_sockets',
    help: 'Sockets to receivers, in use and kept alive, and requests that wait for one',
    pool: () => sender.sockets(),
  })
  const worker = createWorker({
    ledger: store.ledger,
    bulkRetries: store.bulkRetries,
    queue: config.queue,
    shards: await shardsToWork(config.queue),
    producer,
    sender,
    concurrency: config.worker.concurrency,
    defaultRetryPolicy: config.delivery.retryPolicy,
    version: manifest.version,
    clock: systemClock,
    random: Math.random,
    metrics: createWorkerMetrics(metrics),
    tracing,
    telemetry,
    tellTrace: config.delivery.traceParent,
    log,
  })
  shutdown.add('worker', () => worker.close(Math.max(deadlineMs - HAND_BACK_MS, deadlineMs / 2)))
  let probePort = config.worker.probePort
  if (probePort !== null) {
    const checks = {
      database: { check: () => store.ping(), essential: true },
      queue: { check: () => producer.ping(), essential: false },
    }
    const probe = await startProbe({ checks, metrics, log }, config.http.host, probePort)
    shutdown.add('probe', () => probe.close())
    probePort = probe.port
  }
  log.info('working', { queue: config.queue.kind, concurrency: config.worker.concurrency, probePort })
}

function readConfig(): ServiceConfig | null {
  try {
    return parseServiceConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
    return null
  }
}

await main()
