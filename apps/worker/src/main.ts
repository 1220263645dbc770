import './threads.ts'
import { parseServiceConfig } from '@redrive/config'
import { systemClock } from '@redrive/core'
import { createAddressPolicy, createSender } from '@redrive/delivery'
import { shardsToWork } from '@redrive/queue'
import { poolGauge } from '@redrive/runtime'
import { openService, readConfig } from '@redrive/service'
import manifest from '../package.json' with { type: 'json' }
import { createHousekeeper } from './housekeeper.ts'
import { createWorkerMetrics } from './metrics.ts'
import { startProbe } from './probe.ts'
import { createWorker } from './worker.ts'

/** The reconciler, gates, releases and bulk retries. */
const POOL_SIZE = 4
/** Claims, those past gates and records, two of each at a time at most, which fan-outs and renewals share. */
const BATCH_POOL_SIZE = 4
/** Of a lease's 20 s: a record that was swallowed with its connection can be made again before the lease ends. */
const QUERY_TIMEOUT_MS = 8_000
/** Of SHUTDOWN_SECONDS, what is kept for handing back and closing after requests in flight have been cut. */
const HAND_BACK_MS = 5_000

/** The composition root of a worker: the only file, with threads.ts, that knows the process. */
async function main(): Promise<void> {
  const config = readConfig(process, parseServiceConfig)
  if (config === null) return
  const service = await openService({
    process,
    config,
    app: 'worker',
    version: manifest.version,
    pool: { poolSize: POOL_SIZE, batchPoolSize: BATCH_POOL_SIZE, queryTimeoutMs: QUERY_TIMEOUT_MS },
  })
  if (service === null) return
  const { store, producer, tracing, telemetry, metrics, log } = service
  const sender = createSender({
    addressPolicy: createAddressPolicy(config.delivery),
    // all lanes together hold four and a half times that: endpoints that share an origin must not wait for each other's sockets
    maxSocketsPerOrigin: config.worker.concurrency * 5,
    transport: config.delivery.transport,
    ...(config.delivery.proxyUrl !== null && { proxyUrl: config.delivery.proxyUrl }),
  })
  service.onClose('sender', () => sender.close())
  const housekeeper = createHousekeeper({
    ensurePartitions: (days) => store.ensurePartitions(days),
    dropOldDays: (days) => store.dropOldDays(days),
    retentionDays: config.retention.days,
    log,
  })
  service.onClose('housekeeper', () => housekeeper.close())
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
  const deadlineMs = config.shutdown.seconds * 1000
  service.onClose('worker', () => worker.close(Math.max(deadlineMs - HAND_BACK_MS, deadlineMs / 2)))
  let probePort = config.worker.probePort
  if (probePort !== null) {
    const checks = {
      database: { check: () => store.ping(), essential: true },
      queue: { check: () => producer.ping(), essential: false },
    }
    const probe = await startProbe({ checks, metrics, log }, config.http.host, probePort)
    service.onClose('probe', () => probe.close())
    probePort = probe.port
  }
  log.info('working', { queue: config.queue.kind, concurrency: config.worker.concurrency, probePort })
}

await main()
