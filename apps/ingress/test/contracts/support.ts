import { fileURLToPath } from 'node:url'
import { type Delivery, type Scope } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { startReceiver } from '@redrive/testkit/receiver'
import { startService } from '@redrive/testkit/service'
import { type Call, ENCRYPTION_KEY, OPERATOR_KEY, startIngress } from '../harness.ts'

const WORKER = fileURLToPath(new URL('../../../worker/src/main.ts', import.meta.url))
export const NO_SUCH_ID = '01890a5d-ac96-774b-bcce-b302099a8057'
/** Fails once, and then at once for good: a delivery that ends quickly. */
export const NO_RETRIES = { strategy: 'schedule', delaysSeconds: [], jitter: 0 }

export type Installation = Awaited<ReturnType<typeof startInstallation>>

/** An ingress, a real worker beside it, a receiver, and a tenant with all that a caller needs. */
export async function startInstallation(options: Parameters<typeof startIngress>[0] = {}) {
  const server = await startIngress(options)
  const worker = startService(WORKER, {
    DATABASE_URL: server.databaseUrl,
    REDRIVE_OPERATOR_KEY: OPERATOR_KEY,
    REDRIVE_ENCRYPTION_KEYS: ENCRYPTION_KEY.toString('base64'),
    DELIVERY_ALLOW_NETWORKS: '127.0.0.0/8',
    WORKER_CONCURRENCY: '4',
  })
  const receiver = await startReceiver()
  const ours = await server.tenant('Ours')
  const theirs = await server.tenant('Theirs')
  await worker.says('"working"')

  return {
    server,
    receiver,
    ours,
    theirs,
    native: (method: string, path: string, call: Call = {}) => server.call(method, path, { key: ours.key, ...call }),
    /** A call as the contract's own callers make it. */
    foreign: (method: string, path: string, call: Call = {}) => server.call(method, path, { key: null, ...call }),
    async endpoint(settings: object = {}): Promise<{ id: string; number: number; secret: string }> {
      const made = await server.call('POST', '/v1/endpoints', {
        key: ours.key,
        json: { url: receiver.url, ...settings },
      })
      if (made.status !== 201) throw new Error(made.text)
      return { id: String(made.json['id']), number: Number(made.json['number']), secret: String(made.json['secret']) }
    },
    async publish(event: object): Promise<string> {
      const made = await server.call('POST', '/v1/events', { key: ours.key, json: event })
      if (made.status !== 202) throw new Error(made.text)
      return String(made.json['id'])
    },
    keyFor: (...scopes: Scope[]) => ours.keyFor(...scopes),
    /** The event's deliveries, once there are so many and each is as it is waited for. */
    async deliveries(eventId: string, count: number, status: Delivery['status']): Promise<Delivery[]> {
      let data: Delivery[] = []
      await eventually(
        async () => {
          data = (await server.store.deliveries.list(ours.id, { eventId }, { limit: 50 })).data
          return data.length === count && data.every((delivery) => delivery.status === status)
        },
        `${String(count)} deliveries to be ${status}`,
        15_000,
      )
      return data
    },
    async close() {
      worker.signal('SIGTERM')
      await worker.exited
      await receiver.close()
      await server.close()
    },
  }
}
