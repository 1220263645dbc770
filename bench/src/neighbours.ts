import { startBlackHole } from '@redrive/testkit/black-hole'
import { eventually } from '@redrive/testkit/conditions'
import { freePort } from '@redrive/testkit/private-postgres'
import type { Receivers } from './bench.ts'
import type { Question as Flood } from './flooder.ts'
import { type Helper, startHelper } from './helper.ts'
import { createProducer } from './producer.ts'

export interface Neighbour {
  /** by which it is named on the command line */
  key: string
  name: string
  /** Makes what stays for all rounds. */
  settleDown?(): Promise<void>
  /** Makes the endpoints of a round. */
  prepare?(): Promise<void>
  /** Begins to be a nuisance; resolves when it has published what it does. */
  start(): Promise<void>
  end?(): Promise<void>
}

export interface Neighbours {
  all: Neighbour[]
  /** requests that their receivers have had */
  received(): Promise<number>
  close(): Promise<void>
}

interface Backlog {
  key: string
  name: string
  tenantId: string
  url: string
  events: number
  /** default 1 */
  endpoints?: number
}

const FAN_OUT = { endpoints: 10_000, type: 'bench.fanned' }
/** Calls that make or delete endpoints at a time. */
const CALLS_AT_ONCE = 20
/** Until the receivers have had all that one event becomes. */
const OVER_MS = 90_000

/**
 * Those who could delay others. They publish from a process of their own to receivers in another, as strangers would:
 * they share no event loop with those whose latency is measured. `shared`: the healthy endpoints' tenant.
 */
export async function startNeighbours(url: string, shared: string): Promise<Neighbours> {
  const receivers: Receivers = startHelper('./receivers.ts')
  const flooder: Helper<Flood, undefined> = startHelper('./flooder.ts')
  const hole = await startBlackHole()
  const producer = createProducer(url)
  const stranger = await producer.tenant('Bad')
  const { ports } = await receivers.ask({ what: 'ports' })
  const at = (path: string): string => `http://127.0.0.1:${String(ports[0])}${path}`
  const received = async (): Promise<number> => (await receivers.ask({ what: 'ports' })).count

  async function endpoints(count: number, tenantId: string, url: string, settings?: object): Promise<string[]> {
    const ids: string[] = []
    while (ids.length < count) {
      const calls = Array.from({ length: Math.min(CALLS_AT_ONCE, count - ids.length) }, () =>
        producer.endpoint(tenantId, url, settings),
      )
      ids.push(...(await Promise.all(calls)))
    }
    return ids
  }
  function backlog({ key, name, tenantId, url: target, events, endpoints: count = 1 }: Backlog): Neighbour {
    let endpointIds: string[] = []
    return {
      key,
      name,
      async prepare() {
        endpointIds = await endpoints(count, tenantId, target)
      },
      async start() {
        await flooder.ask({ url, tenantId, endpointIds, count: events })
      },
      async end() {
        await Promise.all(endpointIds.map((id) => producer.remove(tenantId, id)))
      },
    }
  }

  const dead = `http://127.0.0.1:${String(await freePort())}/`
  const silent = `http://127.0.0.1:${String(hole.port)}/`
  const flooded = { url: at('/flooded'), events: 10_000 }
  return {
    all: [
      backlog({ key: 'slow', name: 'slow, 2,000 waiting', tenantId: shared, url: at('/slow'), events: 2_000 }),
      backlog({ key: 'refusing', name: 'refuses connections, 2,000', tenantId: shared, url: dead, events: 2_000 }),
      backlog({ key: 'silent', name: 'answers no SYN, 1,000', tenantId: shared, url: silent, events: 1_000 }),
      backlog({ key: 'flood', name: '10,000 at once to one', tenantId: shared, ...flooded }),
      backlog({ key: 'tenant', name: 'a tenant floods: 10,000 to 20', tenantId: stranger, ...flooded, endpoints: 20 }),
      {
        key: 'fan-out',
        name: 'one event to 10,000 endpoints',
        settleDown: async () => {
          const eventTypes = [FAN_OUT.type]
          await endpoints(FAN_OUT.endpoints, stranger, at('/fanned'), { eventTypes })
        },
        start: async () => {
          const due = (await received()) + FAN_OUT.endpoints
          await producer.call('POST', '/v1/events', stranger, { type: FAN_OUT.type, payload: {} })
          await eventually(async () => (await received()) >= due, 'one event to reach 10,000 endpoints', OVER_MS)
        },
      },
    ],
    received,
    async close() {
      await Promise.all([hole.close(), receivers.close(), flooder.close()])
    },
  }
}
