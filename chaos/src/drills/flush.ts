import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@redrive/testkit/conditions'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { type Installation, startInstallation } from '../installation.ts'
import { createDice } from '../random.ts'
import { percentiles } from '../report.ts'
import { createTenant, drained } from '../run.ts'
import type { Drill } from './drill.ts'

/** Beside the one whose deliveries are delayed. */
const BUSY = ['first', 'second', 'third']
const BATCH = 250
const FRESH_EVERY_MS = 200
const RETRY_SECONDS = 45
/** Enough of the failing one's deliveries are delayed when so many of them are. */
const DELAYED_PART = 0.5
const PREPARE_MS = 300_000
const RECOVER_MS = 600_000

/**
 * The queue is emptied while it holds so many deliveries, pending and delayed: all are delivered afterwards, no receiver
 * is run over, and fresh events of another endpoint do not wait behind them.
 */
export const flush: Drill = async ({ redis, deliveries, seed, tell }) => {
  const dice = createDice(seed)
  const events = Math.ceil(deliveries / (BUSY.length + 1))
  const installation = await startInstallation({ redis })
  // before the flush they are slow, so that much is pending; the failing one succeeds now and then, so no breaker opens
  const busy = await Promise.all(BUSY.map(() => startReceiver({ answer: { delayMs: 2_000 } })))
  const failing = await startReceiver({ answer: () => ({ status: dice.next() < 0.1 ? 200 : 500 }) })
  const fresh = await startReceiver()
  const stopping = new AbortController()
  try {
    const tenant = await createTenant(installation)
    const retryPolicy = { strategy: 'fixed', delaySeconds: RETRY_SECONDS, maxRetries: 20, jitter: 0.2 }
    for (const { url } of [...busy, failing])
      await tenant.post('/v1/endpoints', { url, eventTypes: ['drill.bulk'], retryPolicy, disableAfterSeconds: null })
    await tenant.post('/v1/endpoints', { url: fresh.url, eventTypes: ['drill.fresh'] })

    for (let from = 0; from < events; from += BATCH) {
      const count = Math.min(BATCH, events - from)
      await tenant.post('/v1/events/batch', {
        events: Array.from({ length: count }, (_, n) => ({ type: 'drill.bulk', payload: { n: from + n } })),
      })
    }
    await eventually(
      async () => {
        await sleep(250)
        const state = await look(installation)
        return state.undispatched === 0 && state.delayed >= events * DELAYED_PART
      },
      'everything to be fanned out, and enough of it to be delayed',
      PREPARE_MS,
    )
    const before = await look(installation)
    tell(
      `emptied with ${String(before.owed)} owed: ${String(before.pending)} pending, ${String(before.delayed)} delayed`,
    )
    await installation.emptyQueue()
    const emptiedAt = Date.now()
    for (const receiver of [...busy, failing]) receiver.answerWith({ delayMs: 5 })
    const counted = [...busy, failing].map((receiver) => ({ receiver, from: receiver.requests.length }))

    const published = new Map<string, number>()
    const publishing = (async () => {
      while (!stopping.signal.aborted) {
        const at = Date.now()
        const { id } = await tenant.post('/v1/events', { type: 'drill.fresh', payload: {} })
        published.set(String(id), at)
        await sleep(FRESH_EVERY_MS)
      }
    })()
    const ledger = await drained(installation, RECOVER_MS)
    const tookMs = Date.now() - emptiedAt
    stopping.abort()
    await publishing
    await fresh.waitFor(published.size)

    const waits = fresh.requests
      .map(({ headers, receivedAt }) => receivedAt.getTime() - (published.get(String(headers['webhook-id'])) ?? 0))
      .toSorted((a, b) => a - b)
    tell(`recovered in ${(tookMs / 1000).toFixed(1)} s; the first after ${String(firstAfter(counted))} ms`)
    for (const [index, { receiver, from }] of counted.entries())
      tell(`  ${(BUSY[index] ?? 'failing').padEnd(8)} ${spread(receiver, from)}`)
    tell(`  fresh    ${String(waits.length)} events, sent within ${percentiles(waits)}`)
    tell(
      `  ledger   ${String(ledger.succeeded)} succeeded, ${String(ledger.failed)} failed, ${String(ledger.owed)} owed`,
    )
    const missing = counted.map(({ receiver }) => events - delivered(receiver))
    tell(`  lost     ${String(missing.reduce((sum, n) => sum + n, 0))}`)
    return ledger.owed === 0 && ledger.failed === 0 && missing.every((n) => n === 0)

    function firstAfter(all: readonly { receiver: Receiver; from: number }[]): number {
      return (
        Math.min(...all.flatMap(({ receiver, from }) => receiver.requests[from]?.receivedAt.getTime() ?? [])) -
        emptiedAt
      )
    }
  } finally {
    stopping.abort()
    await installation.stop()
    await Promise.all([...busy, failing, fresh].map((receiver) => receiver.close()))
  }
}

/** Every event that came at all: those that were answered with a failure came again, or the ledger would owe them. */
function delivered({ requests }: Receiver): number {
  return new Set(requests.map(({ headers }) => headers['webhook-id'])).size
}

/** Requests in each second since the flush, and the most at once ever. */
function spread({ requests, concurrency }: Receiver, from: number): string {
  const seconds = Map.groupBy(requests.slice(from), ({ receivedAt }) => Math.floor(receivedAt.getTime() / 1000))
  const rates = [...seconds.values()].map((list) => list.length).toSorted((a, b) => a - b)
  const rank = (part: number): number => rates[Math.min(rates.length - 1, Math.floor(part * rates.length))] ?? 0
  return `${String(requests.length - from)} requests; a second p50 ${String(rank(0.5))}, most ${String(rank(1))}; ${String(concurrency.most)} at once at most`
}

interface State {
  undispatched: number
  owed: number
  pending: number
  delayed: number
}

async function look({ database }: Installation): Promise<State> {
  const [row] = await database.query<{ [Name in keyof State]: number }>(`
    SELECT (SELECT count(*)::int FROM events WHERE status <> 'dispatched') AS undispatched,
           count(*)::int AS owed,
           count(*) FILTER (WHERE status = 'pending')::int AS pending,
           count(*) FILTER (WHERE status = 'retrying' AND next_attempt_at > now())::int AS delayed
    FROM deliveries WHERE status NOT IN ('succeeded', 'failed', 'cancelled')`)
  if (row === undefined) throw new Error('the ledger did not answer')
  return row
}
