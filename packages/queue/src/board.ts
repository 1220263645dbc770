import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { type QueueName, QUEUES } from '@redrive/contracts'
import type { Log } from '@redrive/runtime'
import { type RequestHandler, Router } from 'express'
import { within } from './deadline.ts'
import { QueueUnavailable } from './errors.ts'
import { connect, type JobQueue, openQueue } from './link.ts'
import { watchOutage } from './outage.ts'
import { shardsOf } from './shards.ts'
import type { QueueBackend } from './types.ts'

const DESCRIPTIONS: Record<QueueName, string> = {
  publish: 'Events just committed, to be fanned out into deliveries.',
  deliver: 'Deliveries: first attempts, and near retries waiting for their time.',
  'publish-slow': 'Events of floods, fanned out after those of others.',
  'deliver-slow': 'Deliveries to endpoints that use more than their share of the deliver lane.',
  retry: 'Deliveries that someone asked to send again.',
}
/** What a person may do to jobs: hurry or hold them. The ledger makes it harmless; the rest could only mislead. */
const ALLOWED = /\/(retry(\/:queueStatus)?|promote|pause|resume)$/
const START_TIMEOUT_MS = 2000

export interface Board {
  /** to be mounted at `basePath`, behind authentication */
  router: Router
  close(): Promise<void>
}

export interface BoardOptions {
  backend: QueueBackend
  /** where the router is mounted, like `/admin/queues` */
  basePath: string
  /** before `/v1/deliveries/<id>` in the jobs' links; empty when the API is at the same origin */
  apiUrl?: string
  log: Log
}

/** Bull Board over all queues. It connects when it is first looked at. */
export function createBoard({ backend, basePath, apiUrl = '', log }: BoardOptions): Board {
  const outage = watchOutage(log, { part: 'board' })
  const link = connect(backend, 'hasty', outage.error)
  const shards = shardsOf(backend)
  let queues: { name: QueueName; shard: number; queue: JobQueue }[] = []
  let opened: Promise<RequestHandler> | undefined

  async function open(): Promise<RequestHandler> {
    await link.awake()
    queues = QUEUES.flatMap((name) =>
      Array.from({ length: shards }, (_, shard) => ({
        name,
        shard,
        queue: openQueue(link, { name, shard }, outage.error),
      })),
    )
    await within(START_TIMEOUT_MS, Promise.all(queues.map(({ queue }) => queue.waitUntilReady())))
    const adapters = queues.map(({ name, shard, queue }) =>
      adapt(name, shards === 1 ? '' : `${String(shard)}-`, queue, apiUrl),
    )
    return mount(adapters, basePath)
  }

  const router = Router()
  router.use(async (request, response, next) => {
    try {
      opened ??= open()
      const board = await opened
      board(request, response, next)
    } catch (cause) {
      // The next request tries again.
      opened = undefined
      next(new QueueUnavailable('can’t be shown', cause))
    }
  })
  return {
    router,
    async close() {
      await Promise.allSettled(queues.map(({ queue }) => within(START_TIMEOUT_MS, queue.close())))
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
          method === 'get' || ALLOWED.test(route) ? { allow: true } : { allow: false, message: 'not from here' },
      },
    },
  })
  // Bull Board types its Express application as any.
  return server.getRouter() as RequestHandler
}

function adapt(name: QueueName, shard: string, queue: JobQueue, apiUrl: string): BullMQAdapter {
  // The adapter asks for a queue on Redis by its type only; Bull Board supports both backends.
  return new BullMQAdapter(queue as unknown as ConstructorParameters<typeof BullMQAdapter>[0], {
    description: DESCRIPTIONS[name],
    // before its name, which all shards of a lane have in common
    prefix: shard,
    externalJobUrl: ({ data }) => {
      const deliveryId = (data as { deliveryId?: unknown } | null)?.deliveryId
      return typeof deliveryId === 'string'
        ? { displayText: 'Delivery', href: `${apiUrl}/v1/deliveries/${encodeURIComponent(deliveryId)}` }
        : { displayText: 'Deliveries', href: `${apiUrl}/v1/deliveries` }
    },
  })
}
