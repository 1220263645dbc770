import { ConfigError, parseServiceConfig, type ServiceConfig } from '@redrive/config'
import { systemClock } from '@redrive/core'
import { createAddressPolicy } from '@redrive/delivery'
import { createBoard } from '@redrive/queue'
import { measuredGauge } from '@redrive/runtime'
import { openService, readConfig } from '@redrive/service'
import manifest from '../package.json' with { type: 'json' }
import { createJwtVerifier, type JwtVerifier } from './auth/jwt.ts'
import { unknownContracts } from './contracts/index.ts'
import { createIngress } from './ingress.ts'
import { BOARD_PATH, deliveryPath } from './operations/admin.ts'

/** For everything but batches: mostly reads. */
const POOL_SIZE = 8
/** Batches of events in flight, and fan-outs that a contract answers at once. */
const BATCH_POOL_SIZE = 4
/** Nobody who publishes should wait longer to be told that the database hangs. */
const QUERY_TIMEOUT_MS = 4_000

/** The composition root of the ingress: the only file that knows the process. */
async function main(): Promise<void> {
  const setup = readConfig(process, readSetup)
  if (setup === null) return
  const { config, jwt } = setup
  const service = await openService({
    process,
    config,
    app: 'ingress',
    version: manifest.version,
    pool: { poolSize: POOL_SIZE, batchPoolSize: BATCH_POOL_SIZE, queryTimeoutMs: QUERY_TIMEOUT_MS },
  })
  if (service === null) return
  const { store, producer, tracing, metrics, log } = service
  const board = createBoard({ backend: config.queue, basePath: BOARD_PATH, deliveryUrl: deliveryPath, log })
  service.onClose('board', () => board.close())
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
    connectionsAtOnce: config.http.maxConnections,
    defaultRetryPolicy: config.delivery.retryPolicy,
    defaultTimeoutSeconds: config.delivery.timeoutSeconds,
    version: manifest.version,
  })
  service.onClose('http', () => ingress.close())

  try {
    log.info('listening', await ingress.listen(config.http.host, config.http.port))
  } catch (error) {
    process.stderr.write(`${listenProblem(error, config)}\n`)
    await service.stop('could not listen', 1)
  }
}

function readSetup(env: NodeJS.ProcessEnv): { config: ServiceConfig; jwt: JwtVerifier | null } {
  const config = parseServiceConfig(env)
  const { unknown, known } = unknownContracts(config.http.contracts)
  if (unknown.length > 0) {
    throw new ConfigError([{ variable: 'CONTRACTS', message: `must be made of ${known.join(', ')}, or none` }])
  }
  return { config, jwt: config.jwt && createJwtVerifier(config.jwt) }
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
