import { type Bench, KILOBYTE } from '../bench.ts'
import { spread } from '../figures.ts'
import { eventually } from '@redrive/testkit/conditions'

/** In the queue, whatever it runs on. */
const NEAR_SECONDS = [1, 3]
/** Beyond the horizon of either queue: the ledger keeps it. */
const FAR_SECONDS = 90_000
const PER_SECOND = 100
const EVENTS_SECONDS = 3
const WAIT_MS = 60_000
const COUNT = PER_SECOND * EVENTS_SECONDS
/** So many that none of them fails often enough in a row for its breaker, which would hold its retries back. */
const ENDPOINTS = 50

/** How late attempts start against the time that was set for them. */
export async function retries(bench: Bench): Promise<void> {
  bench.report.progress('retries, from the queue')
  await nearRetries(bench)
  bench.report.progress('retries, from the ledger')
  await farRetries(bench)
}

async function nearRetries(bench: Bench): Promise<void> {
  const endpointIds = await publishTo(bench, 'fails-twice', NEAR_SECONDS)
  const { database } = bench.installation
  await eventually(
    async () => (await inState(bench, endpointIds, 'succeeded')) === COUNT,
    'retries from the queue to succeed',
    WAIT_MS,
  )
  await checkBreakers(bench, endpointIds)
  const rows = await database.query<{ number: number; late: number }>(
    `SELECT later.number, (extract(epoch FROM later.started_at - earlier.next_attempt_at) * 1000)::float8 AS late
     FROM attempts earlier JOIN attempts later USING (delivery_id)
     WHERE later.number = earlier.number + 1 AND later.endpoint_id = ANY ($1::uuid[])`,
    [endpointIds],
  )
  for (const [n, seconds] of NEAR_SECONDS.entries()) {
    const late = rows.filter(({ number }) => number === n + 2).map((row) => row.late)
    add(bench, `attempt ${String(n + 2)}, ${String(seconds)} s after its first`, late)
  }
}

/** Nobody waits for 25 hours: what the ledger keeps is told to be due within seconds. */
async function farRetries(bench: Bench): Promise<void> {
  const endpointIds = await publishTo(bench, 'fails-first', [FAR_SECONDS])
  const { database } = bench.installation
  await eventually(
    async () => (await inState(bench, endpointIds, 'retrying')) === COUNT,
    'first attempts to fail',
    WAIT_MS,
  )
  const due = await database.query<{ id: string; at: Date }>(
    `UPDATE deliveries SET next_attempt_at = due.at, look_at = due.at
     FROM (SELECT id, date_trunc('milliseconds', now() + interval '3 s' + random() * interval '5 s') AS at
           FROM deliveries WHERE endpoint_id = ANY ($1::uuid[])) due
     WHERE deliveries.id = due.id RETURNING deliveries.id, due.at`,
    [endpointIds],
  )
  await eventually(
    async () => (await inState(bench, endpointIds, 'succeeded')) === COUNT,
    'retries from the ledger to succeed',
    WAIT_MS,
  )
  await checkBreakers(bench, endpointIds)
  const second = await database.query<{ delivery_id: string; started_at: Date }>(
    'SELECT delivery_id, started_at FROM attempts WHERE endpoint_id = ANY ($1::uuid[]) AND number = 2',
    [endpointIds],
  )
  const startedAt = new Map(second.map((row) => [row.delivery_id, row.started_at.getTime()]))
  add(
    bench,
    'attempt 2, kept in the ledger',
    due.map(({ id, at }) => (startedAt.get(id) ?? NaN) - at.getTime()),
  )
}

/** To each endpoint in turn. */
async function publishTo(
  { producer, tenantId, key, origins, load, installation }: Bench,
  path: string,
  delaysSeconds: readonly number[],
): Promise<string[]> {
  const types = Array.from({ length: ENDPOINTS }, (_, n) => `bench.${path}-${String(n)}`)
  const endpointIds = await Promise.all(
    types.map((type, n) =>
      producer.endpoint(tenantId, `${origins[n % origins.length] ?? ''}/${path}`, {
        eventTypes: [type],
        retryPolicy: { strategy: 'schedule', delaysSeconds, jitter: 0 },
      }),
    ),
  )
  await load.ask({
    kind: 'open',
    origins: installation.urls,
    key,
    events: { types, bytes: KILOBYTE, batch: 1 },
    perSecond: PER_SECOND,
    seconds: EVENTS_SECONDS,
  })
  return endpointIds
}

async function inState({ installation }: Bench, endpointIds: readonly string[], status: string): Promise<number> {
  const [row] = await installation.database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM deliveries WHERE endpoint_id = ANY ($1::uuid[]) AND status = $2',
    [endpointIds, status],
  )
  return row?.count ?? 0
}

/** What a breaker held back is late by its doing. */
async function checkBreakers({ installation }: Bench, endpointIds: readonly string[]): Promise<void> {
  const [row] = await installation.database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM endpoint_health
     WHERE endpoint_id = ANY ($1::uuid[]) AND (breaker_state <> 'closed' OR recovered_at IS NOT NULL)`,
    [endpointIds],
  )
  if (row?.count !== 0) throw new Error(`${String(row?.count)} breakers opened, so that these times say nothing`)
}

function add({ report }: Bench, name: string, late: readonly number[]): void {
  const { p50, p99, max } = spread(late)
  report.add({ section: 'retries', name, figures: { count: late.length, 'late by ms, p50': p50, p99, max } })
}
