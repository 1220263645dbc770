import { Redis } from 'ioredis'
import { eventually } from '@redrive/testkit/conditions'
import type { Bench } from '../bench.ts'
import { sum } from '../figures.ts'

/** Half of these requests fail, so that the breaker stays closed. */
const EVENTS = 3_000
const WAIT_MS = 45_000
/** Within the horizon of each queue, and beyond that of both. */
const NEAR_SECONDS = { redis: 3_600, postgres: 55 }
const FAR_SECONDS = 90_000

/** What a delivery that waits for its retry takes in the queue's datastore, within the queue's horizon and beyond it. */
export async function memory(bench: Bench): Promise<void> {
  const { options, report } = bench
  // in this order: what waits in the queue stays there for a while
  const far = await waiting(bench, 'far', FAR_SECONDS)
  report.add({
    section: 'memory',
    name: 'a retry beyond the horizon',
    figures: { waiting: far.waiting, jobs: far.jobs },
    goal: { figure: far.bytes / far.waiting, of: 'bytes each', atMost: 0 },
  })
  const near = await waiting(bench, 'near', NEAR_SECONDS[options.queue])
  report.add({
    section: 'memory',
    name: 'a retry that waits in the queue',
    figures: { waiting: near.waiting, jobs: near.jobs, 'bytes each': near.bytes / near.waiting },
  })
}

/** Publishes, waits until half of it waits for a retry, looks into the queue, and deletes the endpoint again. */
async function waiting(
  bench: Bench,
  name: string,
  seconds: number,
): Promise<{ waiting: number; jobs: number; bytes: number }> {
  const { report, producer, tenantId, origins, installation } = bench
  report.progress(`memory, ${name}`)
  const endpointId = await producer.endpoint(tenantId, `${origins[0] ?? ''}/every-second-fails`, {
    retryPolicy: { strategy: 'schedule', delaysSeconds: [seconds], jitter: 0 },
  })
  await producer.flood(tenantId, [endpointId], EVENTS)
  let count = 0
  await eventually(
    async () => {
      const rows = await installation.database.query<{ status: string; count: number }>(
        'SELECT status, count(*)::int AS count FROM deliveries WHERE endpoint_id = $1 GROUP BY status',
        [endpointId],
      )
      const of = (status: string): number => rows.find((row) => row.status === status)?.count ?? 0
      count = of('retrying')
      return of('retrying') + of('succeeded') === EVENTS
    },
    'first attempts to be over',
    WAIT_MS,
  )
  const inQueue = await measure(bench)
  await producer.remove(tenantId, endpointId)
  return { waiting: count, ...inQueue }
}

async function measure({ installation }: Bench): Promise<{ jobs: number; bytes: number }> {
  const { redis, database } = installation
  if (redis !== null) return inRedis(redis.url)
  // what dead rows take is the load's, not the waiting jobs'
  await database.query('VACUUM FULL bullmq.job')
  const [row] = await database.query<{ jobs: number; bytes: number }>(
    `SELECT count(*) FILTER (WHERE state = 'delayed')::int AS jobs, pg_total_relation_size('bullmq.job')::float8 AS bytes
     FROM bullmq.job`,
  )
  const { jobs = 0, bytes = 0 } = row ?? {}
  // without a delayed job the table holds its first pages all the same, and jobs that are done and kept for the board:
  // nobody's waiting costs those
  return { jobs, bytes: jobs === 0 ? 0 : bytes }
}

/** The jobs themselves and the sorted sets that hold their turns. */
async function inRedis(url: string): Promise<{ jobs: number; bytes: number }> {
  const redis = new Redis(url)
  try {
    const keys = (await redis.keys('*')).filter((key) => /:(dlv_[^:]*|delayed)$/.test(key))
    const bytes = await Promise.all(keys.map(async (key) => (await redis.memory('USAGE', key)) ?? 0))
    return { jobs: keys.filter((key) => key.includes(':dlv_')).length, bytes: sum(bytes) }
  } finally {
    redis.disconnect()
  }
}
