import { setTimeout as sleep } from 'node:timers/promises'
import { createIdGenerator, deliveryId } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { type Installation, startInstallation } from '../installation.ts'
import { percentiles } from '../report.ts'
import { createTenant } from '../run.ts'
import type { Drill } from './drill.ts'

const LIMITS = { maxConcurrency: 8, rateLimit: { limit: 100, perSeconds: 1 } }
const ANSWER_MS = 20
const OUTAGE_MS = 2 * 3_600_000
const PROBE_SECONDS = 3
/** Rows of one insert. */
const ROWS = 5_000
const FRESH_EVERY_MS = 250
/** The backlog need not be through: its pace, and what fresh events notice, show long before. */
const WATCH_MS = 60_000
const LOOK_EVERY_MS = 250
const LATE_MS = 10_000
/** Fresh events go first: this is what they may wait for those that were let in before them. */
const MOST_FRESH_MS = 2_000

/**
 * A receiver with limits was down for two hours, and so many deliveries wait for it: two thirds behind the open breaker,
 * the others for a retry of their own. When it is back it gets no more than its limits, and fresh events first.
 */
export const recovery: Drill = async ({ redis, deliveries, tell }) => {
  const back = await startReceiver({ answer: { delayMs: ANSWER_MS } })
  const other = await startReceiver()
  const installation = await startInstallation({ redis })
  const stopping = new AbortController()
  try {
    const tenant = await createTenant(installation)
    const made = await tenant.post('/v1/endpoints', {
      url: back.url,
      eventTypes: ['drill.back', 'drill.fresh'],
      ...LIMITS,
    })
    await tenant.post('/v1/endpoints', { url: other.url, eventTypes: ['drill.fresh'] })
    const endpointId = String(made['id'])
    await loadBacklog(installation, tenant.id, endpointId, deliveries)
    tell(
      `${String(deliveries)} wait for a receiver that takes ${String(LIMITS.rateLimit.limit)} a second, ${String(LIMITS.maxConcurrency)} at once`,
    )
    await openBreaker(installation, endpointId)

    const published = new Map<string, number>()
    const publishing = (async () => {
      // what is published before that is backlog too
      await eventually(() => isClosed(installation, endpointId), 'the breaker to close', LATE_MS)
      while (!stopping.signal.aborted) {
        const at = Date.now()
        published.set(String((await tenant.post('/v1/events', { type: 'drill.fresh', payload: {} }))['id']), at)
        await sleep(FRESH_EVERY_MS)
      }
    })()
    const until = Date.now() + WATCH_MS
    const due = (): number => deliveries + published.size
    const watching = (async () => {
      while (Date.now() < until && back.requests.length < due()) await sleep(LOOK_EVERY_MS)
    })()
    // publishing ends before the watch only if it fails
    await Promise.race([watching, publishing])
    stopping.abort()
    await publishing
    const own = await waits(back, published)
    const others = await waits(other, published)
    const most = back.mostWithin(LIMITS.rateLimit.perSeconds * 1_000)
    const seconds = (Number(back.requests.at(-1)?.receivedAt) - Number(back.requests[0]?.receivedAt)) / 1_000
    const perSecond = back.requests.length / seconds
    tell(`  received    ${String(back.requests.length)} in ${seconds.toFixed(1)} s, ${perSecond.toFixed(0)} a second`)
    tell(`  at most     ${String(most)} within a second, ${String(back.concurrency.most)} at once`)
    tell(`  fresh       ${String(published.size)} events; to it ${percentiles(own)}; to another ${percentiles(others)}`)
    return (
      own.length > 0 &&
      back.requests.length > own.length &&
      most <= LIMITS.rateLimit.limit &&
      back.concurrency.most <= LIMITS.maxConcurrency &&
      own.every((ms) => ms <= MOST_FRESH_MS) &&
      others.every((ms) => ms <= MOST_FRESH_MS)
    )
  } finally {
    stopping.abort()
    await installation.stop()
    await Promise.all([back.close(), other.close()])
  }
}

/** From publishing to the request, sorted; Infinity for what does not come in time. */
async function waits(receiver: Receiver, published: ReadonlyMap<string, number>): Promise<number[]> {
  const arrivals = () =>
    new Map(receiver.requests.map(({ headers, receivedAt }) => [headers['webhook-id'], receivedAt.getTime()]))
  const deadline = Date.now() + LATE_MS
  let arrived = arrivals()
  while ([...published.keys()].some((id) => !arrived.has(id)) && Date.now() < deadline) {
    await sleep(LOOK_EVERY_MS)
    arrived = arrivals()
  }
  return [...published].map(([id, at]) => (arrived.get(id) ?? Infinity) - at).sort((a, b) => a - b)
}

/** Written past the API, which could not have taken them two hours ago. */
async function loadBacklog(
  { database }: Installation,
  tenantId: string,
  endpointId: string,
  count: number,
): Promise<void> {
  const begin = Date.now() - OUTAGE_MS
  let n = 0
  const newId = createIdGenerator(() => begin + (n++ * OUTAGE_MS) / count)
  for (let from = 0; from < count; from += ROWS) {
    const events = Array.from({ length: Math.min(ROWS, count - from) }, newId)
    const ids = events.map((eventId) => deliveryId(eventId, endpointId))
    await database.query(INSERT, [tenantId, endpointId, events, ids])
  }
  await database.query('ANALYZE')
}

const INSERT = `
  WITH input AS MATERIALIZED (
    SELECT *, now() - interval '1 hour' AS at, number % 3 = 0 AS retries
    FROM unnest($3::uuid[], $4::uuid[]) WITH ORDINALITY AS i(event, delivery, number)
  ), events AS (
    INSERT INTO events (id, tenant_id, type, payload, endpoint_id, status, created_at, dispatched_at)
    SELECT event, $1::uuid, 'drill.back', '{}', $2::uuid, 'dispatched', at, at FROM input
  ), soon AS (
    SELECT *, CASE WHEN retries THEN now() + random() * interval '1 minute' ELSE at END AS due FROM input
  )
  INSERT INTO deliveries (
    id, event_id, endpoint_id, tenant_id, event_type, status, attempt_count, policy_attempts, next_attempt_at, look_at,
    created_at, updated_at
  )
  SELECT delivery, event, $2::uuid, $1::uuid, 'drill.back', CASE WHEN retries THEN 'retrying' ELSE 'pending' END,
         retries::int, retries::int, due, CASE WHEN retries THEN due END, at, at
  FROM soon`

/** As the outage has left it: the next probe finds the receiver well. */
async function openBreaker({ database }: Installation, endpointId: string): Promise<void> {
  await database.query(
    `INSERT INTO endpoint_health (
       endpoint_id, failing_since, consecutive_failures, breaker_state, opened_at, next_probe_at, probe_delay_seconds
     )
     VALUES ($1, now() - interval '2 hours', 50, 'open', now() - interval '2 hours', now() + $2 * interval '1 s', 300)`,
    [endpointId, PROBE_SECONDS],
  )
}

async function isClosed({ database }: Installation, endpointId: string): Promise<boolean> {
  const [row] = await database.query<{ closed: boolean }>(
    `SELECT breaker_state = 'closed' AS closed FROM endpoint_health WHERE endpoint_id = $1`,
    [endpointId],
  )
  return row?.closed === true
}
