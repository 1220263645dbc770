import { fileURLToPath } from 'node:url'
import { publishJobId } from '@redrive/contracts'
import {
  createSealer,
  DEFAULT_RETRY_POLICY,
  type EndpointSettings,
  generateSecret,
  newId,
  type RetryPolicy,
  systemClock,
} from '@redrive/core'
import { createAddressPolicy, createSender } from '@redrive/delivery'
import { createProducer, migrateQueue, type QueueBackend } from '@redrive/queue'
import { createLog, createMetrics } from '@redrive/runtime'
import { createStore, type Ledger, type NewEvent } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { type FaultProxy, startFaultProxy } from '@redrive/testkit/fault-proxy'
import { createTestDatabase, query } from '@redrive/testkit/postgres'
import { type BackendUnderTest, startPrivateRedis } from '@redrive/testkit/redis'
import { logRecord, note, noteSecrets } from '@redrive/testkit/run-record'
import { type Service, startService } from '@redrive/testkit/service'
import { createWorkerMetrics } from '../src/metrics.ts'
import { createWorker, type Worker } from '../src/worker.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const ENCRYPTION_KEY = Buffer.alloc(32, 7)
const log = createLog({ level: 'debug', format: 'json', output: logRecord() })
/** Retries after a second, without jitter. */
export const SOON: RetryPolicy = { strategy: 'fixed', delaySeconds: 1, maxRetries: 5, jitter: 0 }

interface WorkerOptions {
  shards?: readonly number[]
  /** the ledger as this worker sees it */
  around?: (ledger: Ledger) => Ledger
}

export type Fixture = Awaited<ReturnType<typeof openFixture>>

/** A migrated database, a queue and a tenant: what workers work on, with the ingress's part played by the test. */
export async function openFixture(under: BackendUnderTest, queue?: QueueBackend) {
  const database = await createTestDatabase()
  const redis = under.name === 'redis' && queue === undefined ? await startPrivateRedis() : null
  // as a service's configuration has it, so that one in a process of its own works on the same queue
  const own: QueueBackend = redis
    ? { kind: 'redis', url: redis.url, prefix: '{redrive}' }
    : { kind: 'postgres', connectionString: database.url, poolSize: 3 }
  const backend = queue ?? own
  await migrateQueue(backend)
  const proxied = new URL(database.url)
  const databaseProxy = await startFaultProxy({ host: proxied.hostname, port: Number(proxied.port) })
  proxied.port = String(databaseProxy.port)
  const storeOn = (databaseUrl: string) =>
    createStore({
      databaseUrl,
      poolSize: 6,
      sealer: createSealer([ENCRYPTION_KEY]),
      defaultRetryPolicy: DEFAULT_RETRY_POLICY,
      log,
    })
  const store = storeOn(database.url)
  const producer = createProducer({ backend, log })
  const made = await store.tenants.create({ name: 'Ours' })
  if ('conflict' in made) throw new Error('the tenant could not be made')
  const tenantId = made.tenant.id
  const workers: { close(): Promise<void> }[] = []
  const processes: Service[] = []

  const sql = <Row extends Record<string, unknown>>(text: string, values?: unknown[]) =>
    query<Row>(database.url, text, values)

  return {
    backend,
    databaseUrl: database.url,
    databaseProxy,
    store,
    producer,
    tenantId,
    sql,
    /** A worker in this process, whose database can be broken and whose queue can not. */
    startWorker(options?: WorkerOptions): Worker {
      return startWorker(backend, storeOn(proxied.href), workers, options)
    },
    /** A worker in a process of its own, which is killed at the end if it still runs. */
    async startProcess(env: Record<string, string> = {}): Promise<Service> {
      const ours = { ...(backend.kind === 'redis' && { REDIS_URL: backend.url }), ...env }
      const worker = startProcess(database.url, ours)
      processes.push(worker)
      await worker.says('"working"')
      return worker
    },
    async endpoint(url: string, settings: Partial<EndpointSettings> = {}) {
      const secret = generateSecret()
      noteSecrets(secret)
      const endpoint = await store.endpoints.create(tenantId, { ...ENDPOINT, url, ...settings, secret })
      return { id: endpoint.id, secret }
    },
    /** Commits an event, and enqueues its job unless `job` is false, as if the queue had lost it. */
    async publish(event: Partial<NewEvent> = {}, { job = true } = {}): Promise<string> {
      const entry = { ...newEvent(tenantId), ...event }
      const [answer] = await store.events.publish([entry])
      if (answer?.kind !== 'created') throw new Error(`the event was not created but ${String(answer?.kind)}`)
      const payload = { v: 1 as const, eventIds: [entry.id] }
      if (job) await producer.add([{ name: 'publish', id: publishJobId(entry.id), payload }])
      return entry.id
    },
    /** The event's only delivery, once there is one. */
    async delivery(eventId: string) {
      const { data } = await store.deliveries.list(tenantId, { eventId }, { limit: 2 })
      return data.length === 1 ? data[0] : undefined
    },
    async becomes(eventId: string, status: string, timeoutMs = 20_000) {
      await eventually(
        async () => (await this.delivery(eventId))?.status === status,
        `the delivery to be ${status}`,
        timeoutMs,
      )
      const delivery = await this.delivery(eventId)
      if (delivery === undefined) throw new Error('the delivery is gone')
      return delivery
    },
    /** oldest first */
    async attempts(deliveryId: string) {
      const page = await store.attempts.list(tenantId, deliveryId, { limit: 50 })
      return (page?.data ?? []).reverse()
    },
    /** What waits in the ledger is due now: time passes as far as it is concerned. */
    async letPass(): Promise<void> {
      await sql(`UPDATE deliveries SET look_at = now(), next_attempt_at = least(next_attempt_at, now())
                 WHERE look_at IS NOT NULL`)
      await sql(`UPDATE events SET look_at = now() WHERE look_at IS NOT NULL`)
    },
    async close() {
      for (const running of processes) running.signal('SIGKILL')
      await Promise.all(processes.map(({ exited }) => exited))
      databaseProxy.resume()
      await databaseProxy.accept()
      await Promise.all(workers.map((worker) => worker.close()))
      await producer.close()
      await store.close()
      await databaseProxy.close()
      await redis?.stop()
      await database.drop()
    },
  }
}

/** A worker of our own program on this database. */
export function startProcess(databaseUrl: string, env: Record<string, string> = {}): Service {
  return startService(MAIN, {
    DATABASE_URL: databaseUrl,
    REDRIVE_OPERATOR_KEY: 'operator-key-of-the-tests-0123456789',
    REDRIVE_ENCRYPTION_KEYS: ENCRYPTION_KEY.toString('base64'),
    DELIVERY_ALLOW_NETWORKS: '127.0.0.0/8',
    ...env,
  })
}

function startWorker(
  queue: QueueBackend,
  store: ReturnType<typeof createStore>,
  workers: { close(): Promise<void> }[],
  { shards = [0], around = (ledger) => ledger }: WorkerOptions = {},
): Worker {
  const producer = createProducer({ backend: queue, log })
  const sender = createSender({
    addressPolicy: createAddressPolicy({ allowNetworks: ['127.0.0.0/8'] }),
    maxSocketsPerOrigin: 16,
  })
  const metrics = createMetrics({ processMetrics: false })
  const worker = createWorker({
    ledger: around(store.ledger),
    bulkRetries: store.bulkRetries,
    queue,
    shards,
    producer,
    sender,
    concurrency: 16,
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    version: '0.0.0',
    clock: systemClock,
    random: Math.random,
    metrics: createWorkerMetrics(metrics),
    log,
  })
  workers.push({
    async close() {
      note('metrics', await metrics.render())
      await worker.close(1_000)
      await sender.close()
      await producer.close()
      await store.close()
    },
  })
  return worker
}

/** Breaks the database for good; `mend` lets it come back. */
export function breakDatabase(proxy: FaultProxy): { mend: () => Promise<void> } {
  proxy.refuse()
  proxy.cut()
  return { mend: () => proxy.accept() }
}

function newEvent(tenantId: string): NewEvent {
  return {
    id: newId(),
    tenantId,
    type: 'order.created',
    payload: '{"order": 1.0}',
    channel: null,
    subject: null,
    metadata: {},
    idempotencyKey: null,
    contentHash: null,
    sourceEventId: null,
    endpointId: null,
    createdAt: new Date(),
    deliverAt: null,
    expiresAt: null,
  }
}

const ENDPOINT = {
  description: '',
  metadata: {},
  eventTypes: ['*'],
  channels: [],
  filter: null,
  signature: { scheme: 'standard' as const },
  bodyFormat: 'raw' as const,
  headers: {},
  retryPolicy: SOON,
  timeoutSeconds: 15,
  rateLimit: null,
  maxConcurrency: null,
  ordering: 'none' as const,
  disableAfterSeconds: null,
  callbackUrl: null,
  status: 'active' as const,
}
