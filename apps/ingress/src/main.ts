import { ConfigError, parseServiceConfig, type ServiceConfig } from '@redrive/config'
import { createSealer, systemClock } from '@redrive/core'
import { createAddressPolicy } from '@redrive/delivery'
import { createBoard, createProducer, guardQueue, openTelemetry } from '@redrive/queue'
import { createLog, createMetrics, createShutdown, measuredGauge, onSignals, poolGauge } from '@redrive/runtime'
import { createStore, guardSchema } from '@redrive/store'
import { openTracing } from '@redrive/tracing'
import manifest from '../package.json' with { type: 'json' }
import { createJwtVerifier, type JwtVerifier } from './auth/jwt.ts'
import { unknownContracts } from './contracts/index.ts'
import { createIngress } from './ingress.ts'
import { BOARD_PATH, deliveryPath } from './operations/admin.ts'

/** Enough for the batches in flight and the reads beside them. */
const POOL_SIZE = 10
/** Nobody who publishes should wait longer to be told that the database hangs. */
const QUERY_TIMEOUT_MS = 4_000

/** The composition root of the ingress: the only file that knows the process. */
async function main(): Promise<void> {
  const setup = readSetup()
  if (setup === null) return
  const { config, jwt } = setup
  const log = createLog({ ...config.log, output: process.stdout }).child({ app: 'ingress' })
  const shutdown = createShutdown({ deadlineMs: config.shutdown.seconds * 1000 })

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
      service: 'redrive-ingress',
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
  const board = createBoard({ backend: config.queue, basePath: BOARD_PATH, deliveryUrl: deliveryPath, log })
  shutdown.add('board', () => board.close())
  const metrics = createMetrics({ processMetrics: true })
  measuredGauge(metrics, {
    name: 'redrive_oldest_owed_seconds',
    help: 'How long the oldest due delivery or event has been waiting without anyone on it; 0 if none is.',
    measure: () => store.ledger.oldestOwedSeconds(),
  })
  measuredGauge(metrics, {
    name: 'redrive_open_breakers',
    help: 'Active endpoints whose breaker is open: their deliveries wait for a probe to succeed.',
    measure: () => store.ledger.openBreakers(),
  })
  measuredGauge(metrics, {
    name: 'redrive_queue_jobs',
    help: 'Jobs in the queue, by its lane and their state. What waits beyond the queue’s horizon is in the ledger.',
    labelNames: ['queue', 'state'],
    measure: async () =>
      Object.entries(await producer.counts()).flatMap(([queue, counts]) =>
        Object.entries(counts).map(([state, value]) => ({ labels: { queue, state }, value })),
      ),
  })
  poolGauge(metrics, {
    name: 'redrive_database_connections',
    help: 'Connections of the ledger’s pool, and who waits for one',
    pool: () => store.pool(),
  })
  const ingress = createIngress({
    store,
    producer,
    board,
    addressPolicy: createAddressPolicy(config.delivery),
    metrics,
    tracing,
    log,
    clock: systemClock,
    operatorKey: config.security.operatorKey,
    jwt,
    contracts: config.http.contracts,
    payloadMaxBytes: config.http.payloadMaxBytes,
    ingestLimitPerSecond: config.http.ingestLimitPerSecond,
    trustProxy: config.http.trustProxy,
    defaultRetryPolicy: config.delivery.retryPolicy,
    defaultTimeoutSeconds: config.delivery.timeoutSeconds,
    version: manifest.version,
  })
  shutdown.add('http', () => ingress.close())

  try {
    log.info('listening', await ingress.listen(config.http.host, config.http.port))
  } catch (error) {
    process.stderr.write(`${listenProblem(error, config)}\n`)
    await stop('could not listen', 1)
  }
}

function readSetup(): { config: ServiceConfig; jwt: JwtVerifier | null } | null {
  try {
    const config = parseServiceConfig(process.env)
    const { unknown, known } = unknownContracts(config.http.contracts)
    if (unknown.length > 0) {
      throw new ConfigError([{ variable: 'CONTRACTS', message: `must be made of ${known.join(', ')}, or none` }])
    }
    return { config, jwt: config.jwt && createJwtVerifier(config.jwt) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
    return null
  }
}

function listenProblem(error: unknown, { http: { host, port } }: ServiceConfig): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${String(port)} is taken by another process: stop that one, or choose another with PORT.`
    case 'EACCES':
      return `Port ${String(port)} needs privileges that this user has not: choose one above 1023 with PORT.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: choose another with HOST.`
    default:
      return `Can't listen on ${host}:${String(port)}: ${error instanceof Error ? error.message : String(error)}`
  }
}

await main()
