import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Clock, RetryPolicy } from '@redrive/core'
import type { AddressPolicy } from '@redrive/delivery'
import { type Board, type Producer, tellingMisses } from '@redrive/queue'
import type { Log, Metrics } from '@redrive/runtime'
import type { Ledger, Store } from '@redrive/store'
import { noTracing, type Tracing } from '@redrive/tracing'
import { createAuthenticator } from './auth/authenticator.ts'
import type { JwtVerifier } from './auth/jwt.ts'
import { mountContracts } from './contracts/index.ts'
import { createBudget } from './http/budget.ts'
import { refuseUnknown, renderErrors } from './http/errors.ts'
import { beginExchange } from './http/exchange.ts'
import { setSafeHeaders } from './http/headers.ts'
import { mountRoutes } from './http/mount.ts'
import { createReturns } from './http/returns.ts'
import { traceRequests } from './http/trace.ts'
import type { Route } from './http/route.ts'
import { nativeGate } from './native/gate.ts'
import { nativeRoutes } from './native/index.ts'
import { mountDocs } from './openapi/docs.ts'
import { describeApi, type OpenApiDocument } from './openapi/document.ts'
import { mountAdmin } from './operations/admin.ts'
import { createDoor } from './operations/door.ts'
import { createIngressMetrics } from './operations/metrics.ts'
import { createReadiness } from './operations/readiness.ts'
import { mountOperations } from './operations/routes.ts'
import { createDeliveryService } from './services/deliveries.ts'
import { createDispatchService } from './services/dispatch.ts'
import { createEndpointTestService } from './services/endpoint-test.ts'
import { createEndpointService } from './services/endpoints.ts'
import { createHurry } from './services/hurry.ts'
import { createIngestLimit } from './services/ingest-limit.ts'
import { createPublishService } from './services/publish.ts'
import { createReplayService } from './services/replay.ts'

export interface IngressDeps {
  store: Store & { ledger: Pick<Ledger, 'fanOut' | 'unbrought'> }
  producer: Producer
  /** Bull Board */
  board: Board
  addressPolicy: AddressPolicy
  metrics: Metrics
  /** default: nothing is traced */
  tracing?: Tracing
  log: Log
  clock: Clock
  operatorKey: string
  /** null: no JWT is accepted */
  jwt: JwtVerifier | null
  /** the foreign APIs that are answered; null: all */
  contracts: readonly string[] | null
  payloadMaxBytes: number
  /** events a second that one tenant may publish, over all ingresses; 0: no limit */
  ingestLimitPerSecond: number
  /** the proxies in front whose `x-forwarded-*` is believed: how many, or their networks; default none */
  trustProxy?: number | string[]
  /** bytes of all bodies that are held at a time; default 128 MiB */
  bodiesMaxBytes?: number
  /** requests with a body that are worked on at a time, beyond which they are answered 503; default 1,500 */
  requestsAtOnce?: number
  /** those whom it refused may come again so many a second, later ones after up to so long; default 1,000 and 10 s */
  returns?: { perSecond: number; mostMs: number }
  /** connections at a time, beyond which they are closed as they come; default no limit */
  connectionsAtOnce?: number
  /** how long a request's headers, and the whole of it, may take to come in; default 10 and 30 s */
  slowest?: { headersMs: number; requestMs: number }
  defaultRetryPolicy: RetryPolicy
  defaultTimeoutSeconds: number
  /** of Redrive */
  version: string
}

export interface Ingress {
  /** the native API's routes, as data */
  routes: readonly Route[]
  /** those of the foreign contracts that are switched on */
  foreignRoutes: readonly Route[]
  /** what all of them look like to a client */
  document: OpenApiDocument
  /** Resolves with the address once connections are accepted; port 0 takes a free one. */
  listen(host: string, port: number): Promise<{ host: string; port: number }>
  /** Takes no more requests, answers those in hand, and waits until what they committed has been told to the queue. */
  close(): Promise<void>
}

/** Several of the largest batches, and what is parsed from them, in a small container. */
const BODIES_MAX_BYTES = 128 * 1024 * 1024
/** Two and a half times what is committed at a time: more would only wait for longer, in memory. */
const REQUESTS_AT_ONCE = 1_500
/** To refuse a thousand a second takes a tenth to a fifth of a CPU: the rest is for what is taken. */
const RETURNS = { perSecond: 1_000, mostMs: 10_000 }
const CLOSE_IDLE_MS = 20
const SLOWEST = { headersMs: 10_000, requestMs: 30_000 }

/** The HTTP side: it owns its server and its batches; store and producer are closed by whoever made them. */
export function createIngress(deps: IngressDeps): Ingress {
  const { store, producer, log, tracing = noTracing, slowest = SLOWEST } = deps
  const metrics = createIngressMetrics(deps.metrics)
  const hurry = createHurry({ producer: tellingMisses(producer, (misses) => store.ledger.unbrought(misses), log), log })
  const publisher = createPublishService({ store, hurry, metrics, tracing, limit: createIngestLimit(deps) })
  const endpoints = createEndpointService(deps)
  const endpointTests = createEndpointTestService({ store, hurry, clock: deps.clock })
  const deliveries = createDeliveryService({ store, hurry })
  const replay = createReplayService({ store, publisher, hurry, clock: deps.clock })
  const authenticator = createAuthenticator(deps)
  const routes = nativeRoutes({ ...deps, publisher, endpoints, endpointTests, deliveries, replay })
  const readiness = createReadiness({ database: () => store.ping(), queue: () => producer.ping(), log })

  let closing = false
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', deps.trustProxy ?? 0)
  const budgets = {
    bodies: createBudget(deps.bodiesMaxBytes ?? BODIES_MAX_BYTES),
    requests: createBudget(deps.requestsAtOnce ?? REQUESTS_AT_ONCE),
    returns: createReturns(deps.returns ?? RETURNS),
  }
  app.use((request, response, next) => {
    beginExchange(request, response, { log, metrics, budgets })
    setSafeHeaders(response)
    if (closing) response.setHeader('connection', 'close')
    next()
  })
  if (tracing.isOn) app.use(traceRequests(tracing))
  mountOperations(app, { readiness, metrics: deps.metrics })
  // first: violet's paths lie below those of the native API's events
  const dispatcher = createDispatchService({ store, hurry })
  const contracts = mountContracts(
    app,
    { ...deps, authenticator, publisher, deliveries, replay, dispatcher },
    deps.contracts,
  )
  mountRoutes(app, routes, nativeGate(authenticator))
  const document = describeApi({ routes, contracts, version: deps.version })
  const door = createDoor(app, { ...deps, authenticator })
  mountDocs(app, document, door)
  mountAdmin(app, { board: deps.board, store, deliveries, door })
  app.use(refuseUnknown)
  app.use(renderErrors)

  const server = createServer(
    {
      // a request that trickles in holds nothing for longer than this
      headersTimeout: slowest.headersMs,
      requestTimeout: slowest.requestMs,
      connectionsCheckingInterval: slowest.headersMs / 2,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16_384,
    },
    app,
  )
  if (deps.connectionsAtOnce !== undefined) server.maxConnections = deps.connectionsAtOnce

  return {
    routes,
    foreignRoutes: contracts.flatMap((contract) => contract.routes),
    document,
    listen: (host, port) => listen(server, host, port),
    async close() {
      closing = true
      budgets.returns.close()
      endpointTests.close()
      await stop(server)
      await publisher.close()
      await hurry.close()
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      // a TCP server that is listening has such an address
      const address = server.address() as AddressInfo
      resolve({ host: address.address, port: address.port })
    })
  })
}

function stop(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    // what was being answered when the close began would else be kept alive until it times out
    const sweep = setInterval(() => {
      server.closeIdleConnections()
    }, CLOSE_IDLE_MS)
    server.close(() => {
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}
