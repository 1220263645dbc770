import { setTimeout as sleep } from 'node:timers/promises'
import { attemptId, createIdGenerator, deliveryId } from '@redrive/core'
import type { PrivatePostgres } from '@redrive/testkit/private-postgres'
import type { Receivers } from './bench.ts'
import { startHelper } from './helper.ts'
import { startInstallation } from './installation.ts'
import { createProducer, type Producer } from './producer.ts'

/** What failed, and how many endpoints it was for. */
const FAILED = { count: 100_000, endpoints: 20 }
/** The fresh load, before and meanwhile. */
const FRESH = { endpoints: 10, perSecond: 40 }
const WARM_UP_SECONDS = 8
const ALONE_SECONDS = 20
/** Rows of one insert. */
const ROWS = 5_000
/** Long enough for the lease of what the killed worker had in hand, and for its retry. */
const LATE_MS = 60_000
/** A process that starts takes so long to do so. */
const KILL_SECONDS = 5
const LOOK_EVERY_MS = 500

interface Progress {
  id: string
  status: string
  matched: number
  queued: number
  skipped: number
}

interface Load {
  /** what has arrived since the last */
  cut(): Promise<{ missing: number; latencies: number[] }>
  stop(): Promise<{ missing: number; latencies: number[] }>
  all(): { missing: number; latencies: number[] }
}

/**
 * A bulk retry of 100,000 failed deliveries (or of the number that is given) whose worker is killed half way: whether each
 * was retried once, and what fresh events noticed of it. On both queues, or on those that are named.
 */
export async function bulkRetry(args: readonly string[]): Promise<void> {
  const count = args.map(Number).find((number) => number > 0) ?? FAILED.count
  const named = args.filter((arg) => Number.isNaN(Number(arg)))
  for (const queue of ['postgres', 'redis'] as const) {
    if (named.length === 0 || named.includes(queue)) await runOn(queue, count)
  }
}

async function runOn(queue: 'postgres' | 'redis', count: number): Promise<void> {
  const receivers: Receivers = startHelper('./receivers.ts')
  const { ports } = await receivers.ask({ what: 'ports' })
  const at = (path: string): string => `http://127.0.0.1:${String(ports[0])}${path}`
  const installation = await startInstallation({ queue, ingresses: 1, workers: 2 })
  const producer = createProducer(installation.urls[0] ?? '')
  const fresh = await producer.tenant('Fresh')
  const healthy = await endpoints(producer, fresh, at('/timed'), FRESH.endpoints)
  const failing = await producer.tenant('Failed')
  const broken = await endpoints(producer, failing, at('/failed'), FAILED.endpoints)
  await loadFailures(installation.database, failing, broken, count)

  await load(producer, fresh, healthy, receivers, WARM_UP_SECONDS)
  const alone = await load(producer, fresh, healthy, receivers, ALONE_SECONDS)
  process.stdout.write(`\nqueue in ${queue}, two workers; publish to first byte of fresh events, ms\n`)
  print('alone', alone, alone)

  const startedAt = performance.now()
  const { count: before } = await receivers.ask({ what: 'ports' })
  const publishing = startLoad(producer, fresh, healthy, receivers)
  const retry = JSON.parse(await producer.call('POST', '/v1/retries', failing, { filter: {} })) as Progress
  const progress = async (): Promise<Progress> =>
    JSON.parse(await producer.call('GET', `/v1/retries/${retry.id}`, failing)) as Progress // as the API documents it
  await until(async () => (await progress()).queued >= count / 2)
  const killedAt = (performance.now() - startedAt) / 1000
  print('beside, to the kill', await publishing.cut(), alone)
  const [doomed] = installation.workers.splice(0, 1)
  doomed?.signal('SIGKILL')
  const replaced = installation.runWorkers(2)
  await sleep(KILL_SECONDS * 1000)
  print('beside, around the kill', await publishing.cut(), alone)
  await replaced
  await until(async () => (await progress()).status !== 'running')
  const finishedAt = (performance.now() - startedAt) / 1000
  await until(async () => (await unfinished(installation.database, failing)) === 0)
  const seconds = (performance.now() - startedAt) / 1000
  print('beside, from then on', await publishing.stop(), alone)
  print('beside, in all', publishing.all(), alone)

  const { status, matched, queued, skipped } = await progress()
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  say(`a worker killed after ${killedAt.toFixed(0)} s, all queued after ${finishedAt.toFixed(0)} s, all sent after`)
  say(
    `${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} a second; ${JSON.stringify({ status, matched, queued, skipped })}`,
  )
  for (const row of await outcome(installation.database, failing)) say(JSON.stringify(row))
  say(
    `requests beyond one a delivery: ${String((await receivers.ask({ what: 'ports' })).count - before - publishing.all().latencies.length - count)}`,
  )
  await installation.stop()
  await receivers.close()
}

function endpoints(producer: Producer, tenantId: string, url: string, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => producer.endpoint(tenantId, url)))
}

/** Events whose only attempt failed some time ago, with their records, written past the API: this is not about that. */
async function loadFailures(
  database: PrivatePostgres,
  tenantId: string,
  endpointIds: readonly string[],
  count: number,
): Promise<void> {
  let time = Date.now() - count * 10
  const newId = createIdGenerator(() => (time += 10))
  for (let from = 0; from < count; from += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, count - from) }, (_, n) => {
      const event = newId()
      const endpoint = endpointIds[(from + n) % endpointIds.length] ?? ''
      const delivery = deliveryId(event, endpoint)
      return { event, endpoint, delivery, attempt: attemptId(delivery, 1) }
    })
    await database.query(INSERT, [
      tenantId,
      rows.map((row) => row.event),
      rows.map((row) => row.endpoint),
      rows.map((row) => row.delivery),
      rows.map((row) => row.attempt),
    ])
  }
  await database.query('ANALYZE')
}

const INSERT = `
  WITH input AS MATERIALIZED (
    SELECT *, now() - interval '1 hour' AS at
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) AS i(event, endpoint, delivery, attempt)
  ), events AS (
    INSERT INTO events (id, tenant_id, type, payload, endpoint_id, status, created_at, dispatched_at)
    SELECT event, $1::uuid, 'bench.event', '{"publishedAt": 0}', endpoint, 'dispatched', at, at FROM input
  ), deliveries AS (
    INSERT INTO deliveries (
      id, event_id, endpoint_id, tenant_id, event_type, status, attempt_count, policy_attempts, last_started_at,
      last_status, last_error_code, failure_code, failure_message, created_at, updated_at, completed_at, gave_up_at
    )
    SELECT delivery, event, endpoint, $1::uuid, 'bench.event', 'failed', 1, 1, at,
           500, 'http_status', 'http_status', 'The endpoint answered 500', at, at, at, at FROM input
  )
  INSERT INTO attempts (
    id, delivery_id, tenant_id, endpoint_id, number, trigger, started_at, duration_ms, timings, request,
    response_status, outcome, error_code, decision
  )
  SELECT attempt, delivery, $1::uuid, endpoint, 1, 'automatic', at, 5, '{}', '{}', 500, 'failed', 'http_status', ''
  FROM input`

async function unfinished(database: PrivatePostgres, tenantId: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM deliveries
     WHERE tenant_id = $1 AND status IN ('pending', 'delivering', 'retrying')`,
    [tenantId],
  )
  return row?.count ?? 0
}

/** Deliveries by what became of them: whether they were queued again, and attempts beyond the first. */
function outcome(database: PrivatePostgres, tenantId: string): Promise<Record<string, unknown>[]> {
  return database.query(
    `SELECT status, retried, sent, interrupted, count(*)::int AS deliveries FROM (
       SELECT d.status, d.retried_at IS NOT NULL AS retried,
              (count(*) FILTER (WHERE a.error_code IS DISTINCT FROM 'interrupted'))::int - 1 AS sent,
              (count(*) FILTER (WHERE a.error_code = 'interrupted'))::int AS interrupted
       FROM deliveries d JOIN attempts a ON a.delivery_id = d.id
       WHERE d.tenant_id = $1 AND a.tenant_id = $1 GROUP BY d.id, d.status, d.retried_at
     ) d GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC`,
    [tenantId],
  )
}

function startLoad(producer: Producer, tenantId: string, endpointIds: readonly string[], receivers: Receivers): Load {
  let total = 0
  const over = new AbortController()
  const latencies: number[] = []
  let cutAt = 0
  const take = async (): Promise<void> => void latencies.push(...(await receivers.ask({ what: 'taken' })).latencies)
  const newest = () => {
    const from = cutAt
    cutAt = latencies.length
    return latencies.slice(from)
  }
  const running = (async () => {
    await receivers.ask({ what: 'taken' })
    const startedAt = performance.now()
    const calls: Promise<void>[] = []
    while (!over.signal.aborted) {
      await sleep(Math.max(0, startedAt + (total * 1000) / FRESH.perSecond - performance.now()))
      calls.push(producer.publish(tenantId, endpointIds[total % endpointIds.length] ?? ''))
      total += 1
    }
    await Promise.all(calls)
    const deadline = performance.now() + LATE_MS
    while (latencies.length < total && performance.now() < deadline) {
      await sleep(50)
      await take()
    }
  })()
  return {
    async cut() {
      await take()
      return { missing: 0, latencies: newest() }
    },
    async stop() {
      over.abort()
      await running
      return { missing: total - latencies.length, latencies: newest() }
    },
    all: () => ({ missing: total - latencies.length, latencies }),
  }
}

async function load(
  producer: Producer,
  tenantId: string,
  endpointIds: readonly string[],
  receivers: Receivers,
  seconds: number,
): ReturnType<Load['stop']> {
  const load = startLoad(producer, tenantId, endpointIds, receivers)
  await sleep(seconds * 1000)
  return load.stop()
}

function print(name: string, figures: { missing: number; latencies: number[] }, alone: { latencies: number[] }): void {
  const { latencies, missing } = figures
  const columns = [
    name.padEnd(22),
    `${String(latencies.length)} events`,
    ...[0.5, 0.9, 0.99, 1].map((share) => `p${String(share * 100)} ${percentile(latencies, share).toFixed(0)}`),
    `p99 ratio ${(percentile(latencies, 0.99) / percentile(alone.latencies, 0.99)).toFixed(2)}`,
    ...(missing > 0 ? [`${String(missing)} MISSING`] : []),
  ]
  process.stdout.write(`${columns.join('  ')}\n`)
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(LOOK_EVERY_MS)
}
