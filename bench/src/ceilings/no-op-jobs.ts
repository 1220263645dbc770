import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type PgPool,
  Queue,
  Worker,
} from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { answerQuestions, now } from '../helper.ts'

/** BullMQ alone: jobs of the size of ours that do nothing. One process adds them, then all of them work. */
export type Question = { url: string; concurrency: number } & ({ what: 'add'; jobs: number } | { what: 'work' })
export interface Answer {
  done: number
  firstAt: number
  lastAt: number
}

const QUEUE = 'bench-no-op'
const BATCH = 500
/** After so long without a job they are all done. */
const IDLE_MS = 700
const START_MS = 3000
const DATA = {
  v: 1,
  deliveryId: '00000000-0000-7000-8000-000000000000',
  round: 0,
  tenantId: '00000000-0000-7000-8000-000000000000',
  endpointId: '00000000-0000-7000-8000-000000000000',
  eventType: 'bench.event',
}

/** BullMQ on its own connection, as our queue makes it. */
function link(url: string): { factory: BackendFactory; prefix: string; close: () => Promise<unknown> } {
  if (url.startsWith('redis')) {
    const connection = new Redis(url, { maxRetriesPerRequest: null })
    return {
      factory: (name, options, kind) => createRedisBackend(name, { ...options, connection }, kind),
      prefix: 'bench',
      close: () => connection.quit(),
    }
  }
  const pool = new pg.Pool({ connectionString: url, max: 3, options: '-c search_path=bullmq,public' })
  // BullMQ's own types for the part of pg that it uses
  const connection = pool as unknown as PgPool
  return {
    factory: (name, options, kind) => createPostgresBackend(name, { ...options, connection }, kind),
    prefix: 'bullmq',
    close: () => pool.end(),
  }
}

async function add(url: string, jobs: number): Promise<void> {
  const { factory, prefix, close } = link(url)
  const queue = new Queue<unknown, void, string, unknown, void, string, IQueueBackend>(
    QUEUE,
    { connection: {}, prefix },
    factory,
  )
  for (let from = 0; from < jobs; from += BATCH) {
    await queue.addBulk(
      Array.from({ length: Math.min(BATCH, jobs - from) }, () => ({
        name: 'deliver',
        data: DATA,
        opts: { removeOnComplete: true },
      })),
    )
  }
  await queue.close()
  await close()
}

async function work(url: string, concurrency: number): Promise<Answer> {
  const { factory, prefix, close } = link(url)
  let done = 0
  let firstAt = 0
  let lastAt = now()
  const worker = new Worker<unknown, void, string, IQueueBackend>(
    QUEUE,
    () => {
      done += 1
      lastAt = now()
      if (done === 1) firstAt = lastAt
      return Promise.resolve()
    },
    { connection: {}, prefix, concurrency },
    factory,
  )
  while (now() - lastAt < (done === 0 ? START_MS : IDLE_MS)) await new Promise((resolve) => setTimeout(resolve, 50))
  await worker.close()
  await close()
  return { done, firstAt, lastAt }
}

answerQuestions((question: Question) =>
  question.what === 'add' ? add(question.url, question.jobs) : work(question.url, question.concurrency),
)
