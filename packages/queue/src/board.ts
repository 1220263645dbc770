import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { type JobPayload, type QueueName, QUEUES } from '@redrive/contracts'
import type { Log } from '@redrive/runtime'
import { type RequestHandler, Router } from 'express'
import { endsWithin, within } from './deadline.ts'
import { QueueUnavailable } from './errors.ts'
import { connect, type JobQueue, openQueue } from './link.ts'
import { watchOutage } from './outage.ts'
import { parsePayload } from './payload.ts'
import { shardsOf } from './shards.ts'
import type { QueueBackend } from './types.ts'

const DESCRIPTIONS: Record<QueueName, string> = {
  publish: 'Events just committed, to be fanned out into deliveries.',
  deliver: 'Deliveries: first attempts, and near retries waiting for their time.',
  'publish-slow': 'Events of floods, fanned out after those of others.',
  'deliver-slow': 'Deliveries to endpoints that use more than their share of the deliver lane.',
  retry: 'Deliveries that someone asked to send again.',
}
/** What a person may do: hurry one job, or hold a queue. The ledger makes it harmless; the rest could only mislead. */
const ALLOWED = /\/(:jobId\/(retry|promote)|pause|resume)$/
const NOT_HERE = 'Many at once, and all other changes: by the API, see POST /v1/retries'
const START_TIMEOUT_MS = 2000

export interface Board {
  /** to be mounted at `basePath`, behind authentication */
  router: Router
  /** What a job is to bring; null if there is no such job, or it is about no delivery. @throws QueueUnavailable */
  delivery(queue: string, jobId: string): Promise<JobPayload<'deliver'> | null>
  /** Takes a job out of sight. One that is at work stays. @throws QueueUnavailable */
  remove(queue: string, jobId: string): Promise<void>
  close(): Promise<void>
}

export interface BoardOptions {
  backend: QueueBackend
  /** where the router is mounted, like `/admin/queues` */
  basePath: string
  /** where a delivery is shown to people; jobs link to it */
  deliveryUrl: (delivery: JobPayload<'deliver'>) => string
  log: Log
}

interface ShownQueue {
  name: QueueName
  prefix: string
  queue: JobQueue
}

/** Bull Board over all queues. It connects when it is first looked at. */
export function createBoard({ backend, basePath, deliveryUrl, log }: BoardOptions): Board {
  const outage = watchOutage(log, { part: 'board' })
  const link = connect(backend, 'hasty', outage.error)
  const shards = shardsOf(backend)
  let queues: ShownQueue[] = []
  let opened: Promise<RequestHandler> | undefined

  async function open(): Promise<RequestHandler> {
    await link.awake()
    queues = QUEUES.flatMap((name) =>
      Array.from({ length: shards }, (_, shard) => ({
        name,
        // before its name, which all shards of a lane have in common
        prefix: shards === 1 ? '' : `${String(shard)}-`,
        queue: openQueue(link, { name, shard }, outage.error),
      })),
    )
    await within(START_TIMEOUT_MS, Promise.all(queues.map(({ queue }) => queue.waitUntilReady())))
    const adapters = queues.map((each) => adapt(each, deliveryUrl))
    return mount(adapters, basePath)
  }

  async function ready(): Promise<RequestHandler> {
    opened ??= open().catch(async (cause: unknown) => {
      await closeQueues()
      // the next request tries again
      opened = undefined
      throw new QueueUnavailable('can’t be shown', cause)
    })
    return opened
  }

  async function closeQueues(): Promise<void> {
    await Promise.all(queues.splice(0).map(({ queue }) => endsWithin(START_TIMEOUT_MS, queue.close())))
  }

  async function find(queueName: string, jobId: string) {
    await ready()
    const queue = queues.find(({ name, prefix }) => prefix + name === queueName)?.queue
    try {
      return await within(START_TIMEOUT_MS, Promise.resolve(queue?.getJob(jobId)))
    } catch (cause) {
      throw new QueueUnavailable('did not answer', cause)
    }
  }

  const router = Router()
  router.use(async (request, response, next) => {
    const board = await ready()
    board(request, response, next)
  })
  return {
    router,
    async delivery(queue, jobId) {
      return deliveryOf((await find(queue, jobId))?.data)
    },
    async remove(queue, jobId) {
      const job = await find(queue, jobId)
      try {
        await job?.remove()
      } catch (error) {
        log.debug('a job stays on the board', { queue, jobId, error })
      }
    },
    async close() {
      await closeQueues()
      await link.close()
    },
  }
}

function mount(queues: readonly BullMQAdapter[], basePath: string): RequestHandler {
  const server = new ExpressAdapter()
  server.setBasePath(basePath)
  createBullBoard({
    serverAdapter: server,
    queues,
    options: {
      uiConfig: { boardTitle: 'Redrive queues', hideDocsLink: true },
      handlerHooks: {
        before: ({ method, route }) =>
          method === 'get' || ALLOWED.test(route) ? { allow: true } : { allow: false, message: NOT_HERE },
      },
    },
  })
  // Bull Board types its Express application as any.
  return server.getRouter() as RequestHandler
}

function adapt({ name, prefix, queue }: ShownQueue, deliveryUrl: BoardOptions['deliveryUrl']): BullMQAdapter {
  // The adapter asks for a queue on Redis by its type only; Bull Board supports both backends.
  const adapter = new BullMQAdapter(queue as unknown as ConstructorParameters<typeof BullMQAdapter>[0], {
    description: DESCRIPTIONS[name],
    prefix,
    externalJobUrl: ({ data }) => {
      const delivery = deliveryOf(data)
      // Bull Board makes no link of an empty address, and its types want one
      return delivery === null
        ? { displayText: '', href: '' }
        : { displayText: 'Delivery', href: deliveryUrl(delivery) }
    },
  })
  adapter.setFormatter('name', (job: { name: string; data: unknown }) => label(job.name, job.data))
  return adapter
}

/** What a job is about, from its data alone: the board asks for many at a time. */
function label(name: string, data: unknown): string {
  const delivery = deliveryOf(data)
  if (delivery !== null) return `${delivery.eventType} → endpoint ${delivery.endpointId}`
  const events = parsePayload('publish', data)
  return events.ok ? `${String(events.payload.eventIds.length)} events` : name
}

function deliveryOf(data: unknown): JobPayload<'deliver'> | null {
  const parsed = parsePayload('deliver', data)
  return parsed.ok ? parsed.payload : null
}
