import type { RetryPolicy } from '@redrive/core'
import { systemClock } from '@redrive/core'
import { createAddressPolicy, createSender } from '@redrive/delivery'
import type { QueueBackend } from '@redrive/queue'
import { createMetrics } from '@redrive/runtime'
import { eventually } from '@redrive/testkit/conditions'
import { type ReceivedRequest, type Receiver, type ReceiverOptions, startReceiver } from '@redrive/testkit/receiver'
import type { BackendUnderTest } from '@redrive/testkit/redis'
import { createWorkerMetrics } from '../../worker/src/metrics.ts'
import { createWorker } from '../../worker/src/worker.ts'
import { type Answer, startIngress } from './harness.ts'

/** Quick, and exact. */
const POLICY: RetryPolicy = { strategy: 'fixed', delaySeconds: 1, maxRetries: 2, jitter: 0 }

export type WholeRedrive = Awaited<ReturnType<typeof startWithWorker>>
type Json = Record<string, unknown>

/** Ingress and a worker over one database, driven over HTTP as a user drives them, with receivers that record. */
export async function startWithWorker(options: { concurrency?: number; queue?: QueueBackend } = {}) {
  const server = await startIngress({ ...(options.queue && { queue: options.queue }) })
  const tenant = await server.tenant()
  const concurrency = options.concurrency ?? 8
  const sender = createSender({
    addressPolicy: createAddressPolicy({ allowNetworks: ['127.0.0.0/8'] }),
    maxSocketsPerOrigin: concurrency,
  })
  const worker = createWorker({
    ledger: server.store.ledger,
    bulkRetries: server.store.bulkRetries,
    queue: server.queue,
    producer: server.producer,
    sender,
    concurrency,
    defaultRetryPolicy: POLICY,
    version: '0.1.0',
    clock: systemClock,
    random: Math.random,
    metrics: createWorkerMetrics(createMetrics({ processMetrics: false })),
    log: server.log,
  })
  const receivers: Receiver[] = []

  const call = (method: string, path: string, json?: unknown): Promise<Answer> =>
    server.call(method, path, { key: tenant.key, ...(json !== undefined && { json }) })

  /** As `call`, for what has to succeed. */
  async function ask(method: string, path: string, json?: unknown): Promise<Json> {
    const answer = await call(method, path, json)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${String(answer.status)} ${answer.text}`)
    return answer.json
  }

  async function listed(path: string): Promise<Json[]> {
    return (await ask('GET', path))['data'] as Json[] // every list has its rows there
  }

  return {
    ...server,
    tenantKey: tenant.key,
    tenantId: tenant.id,
    raw: server.call,
    call,
    ask,
    listed,
    async receiver(answer: NonNullable<ReceiverOptions['answer']> = {}): Promise<Receiver> {
      const receiver = await startReceiver({ answer })
      receivers.push(receiver)
      return receiver
    },
    async endpoint(url: string, more: object = {}): Promise<{ id: string; secret: string }> {
      const { id, secret } = await ask('POST', '/v1/endpoints', { url, eventTypes: ['test.none'], ...more })
      return { id: String(id), secret: String(secret) }
    },
    /** An event to this endpoint alone; answers the id of its delivery, once that is made. */
    async send(endpointId: string, payload: unknown = { n: 1 }, more: object = {}): Promise<string> {
      const { id } = await ask('POST', '/v1/events', { type: 'order.made', payload, endpointId, ...more })
      let deliveries: Json[] = []
      await eventually(async () => {
        deliveries = await listed(`/v1/events/${String(id)}/deliveries`)
        return deliveries.length === 1
      }, 'the delivery to be made')
      return String(deliveries[0]?.['id'])
    },
    delivery: (id: string) => ask('GET', `/v1/deliveries/${id}`),
    /** Waits until the delivery is in this status. */
    async becomes(id: string, status: string): Promise<Json> {
      let delivery: Json = {}
      await eventually(
        async () => {
          delivery = await ask('GET', `/v1/deliveries/${id}`)
          return delivery['status'] === status
        },
        `delivery ${id} to be ${status}`,
        15_000,
      )
      return delivery
    },
    /** Oldest first. */
    attempts: async (deliveryId: string) => (await listed(`/v1/deliveries/${deliveryId}/attempts`)).reverse(),
    async close() {
      await worker.close(0)
      await sender.close()
      await Promise.all(receivers.map((receiver) => receiver.close()))
      await server.close()
    },
  }
}

/** The same with its queue in one of the datastores; nothing of it is left once it is closed. */
export async function startWithWorkerOn(under: BackendUnderTest): Promise<WholeRedrive> {
  const queue = await under.start()
  const redrive = await startWithWorker({ queue: queue.backend })
  return {
    ...redrive,
    async close() {
      await redrive.close()
      await queue.stop()
    },
  }
}

export function jsonOf(request: ReceivedRequest | undefined): Json {
  return JSON.parse(request?.body.toString() ?? 'null') as Json // receivers get JSON objects in these tests
}
