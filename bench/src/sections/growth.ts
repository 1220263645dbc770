import type { Bench } from '../bench.ts'
import { spread } from '../figures.ts'
import { fillLedger, RARE } from '../fill-ledger.ts'
import { openConnection } from '../load/connection.ts'
import { FRESH_WARM_UP_SECONDS } from '../load/warm-up.ts'
import { type Steady, steadyState } from '../steady.ts'
import { gotLoop } from './ceilings.ts'

const WORKERS = [1, 2, 4]
const REQUESTS = 200
/** Before them: connections plan a list when they are first asked for it, pages are read from disk once, code is compiled. */
const WARM_UP_REQUESTS = 200
const LEAST_SHARE = 0.9
const MOST_MS = 20
const MOST_LIST_MS = 10_000

/** Deliveries/s and lists with a full ledger behind them, beside the same with an empty one. */
export async function growth(bench: Bench): Promise<void> {
  const { options, report, installation, producer, tenantId, origins } = bench
  await producer.endpoint(tenantId, `${origins[0] ?? ''}/`, { eventTypes: ['bench.growth'] })
  const empty = await deliveriesByWorkers(bench, 'empty')
  const endpoints = await Promise.all(
    Array.from({ length: 100 }, () => producer.endpoint(tenantId, `${origins[0] ?? ''}/`)),
  )
  const startedAt = performance.now()
  await fillLedger(installation.database, { tenantId, endpoints, attempts: options.rows }, (part) => {
    report.progress(`growth, loading ${part}`)
  })
  report.add({
    section: 'growth',
    name: 'loading',
    figures: { attempts: options.rows, seconds: (performance.now() - startedAt) / 1000 },
  })
  await lists(bench, endpoints[0] ?? '')
  const full = await deliveriesByWorkers(bench, 'full')
  for (const [n, workers] of WORKERS.entries()) {
    const before = empty[n]
    const after = full[n]
    if (before === undefined || after === undefined) throw new Error('a number of workers was not measured')
    report.add({
      section: 'growth',
      name: `deliveries, workers ${String(workers)}`,
      figures: {
        'deliveries/s': after.perSecond,
        'got loop': after.bare,
        empty: before.perSecond,
        'got loop then': before.bare,
        'µs database': after.costs.database,
        'of empty': before.costs.database,
        'µs worker': after.costs.worker,
        'with empty': before.costs.worker,
        'ms slowest statement': after.slowestMs,
        'slowest then': before.slowestMs,
      },
      goal: {
        figure: after.perSecond / after.bare / (before.perSecond / before.bare),
        of: 'of an empty ledger',
        atLeast: LEAST_SHARE,
      },
    })
  }
}

interface Measured extends Steady {
  /** requests/s of bare got before and after: minutes lie between an empty ledger and a full one, and the machine's speed drifts */
  bare: number
  /** what the slowest statement took on average, of those that came a few times: what grows with the ledger shows there first */
  slowestMs: number
}

async function deliveriesByWorkers(bench: Bench, ledger: string): Promise<Measured[]> {
  const { options, report, installation, origins } = bench
  const { database } = installation
  const measured: Measured[] = []
  let before = await gotLoop(bench, origins, FRESH_WARM_UP_SECONDS)
  for (const workers of WORKERS) {
    await installation.runWorkers(workers)
    report.progress(`growth, ${ledger} ledger, workers ${String(workers)}`)
    const load = { types: ['bench.growth'], fanOut: 1, batch: 50, connections: 2 }
    await database.query('SELECT pg_stat_statements_reset()')
    const steady = await steadyState(bench, load, FRESH_WARM_UP_SECONDS)
    const [slowest] = await database.query<{ ms: number }>(
      'SELECT coalesce(max(mean_exec_time), 0) AS ms FROM pg_stat_statements WHERE calls >= 3',
    )
    const after = await gotLoop(bench, origins)
    measured.push({ ...steady, bare: (before + after) / 2, slowestMs: slowest?.ms ?? NaN })
    before = after
  }
  await installation.runWorkers(options.workers)
  return measured
}

/** First pages, and one that a cursor leads to, as people look at them. */
async function lists(bench: Bench, endpointId: string): Promise<void> {
  const deliveries = {
    'failed, of one endpoint': `endpointId=${endpointId}&status=failed`,
    'failed, of the tenant': 'status=failed',
    pending: 'status=pending',
    retrying: 'status=retrying',
    'of one endpoint': `endpointId=${endpointId}`,
    'of a rare event type': `eventType=${RARE.eventType}`,
    'with a rare status': `httpStatus=${String(RARE.httpStatus)}`,
    'with a rare error': `errorCode=${RARE.errorCode}`,
    all: '',
  }
  for (const [name, query] of Object.entries(deliveries)) await list(bench, `deliveries ${name}`, `deliveries?${query}`)
  await list(bench, 'events of a rare type', `events?type=${RARE.eventType}`)
  await list(bench, 'events of types with a rare prefix', `events?type=${RARE.typePrefix}`)
  await list(bench, 'events of types with a common prefix', 'events?type=bench.*')
  await list(bench, 'events of a rare channel', `events?channel=${RARE.channel}`)
  await list(bench, 'events, all', 'events?')
}

async function list({ report, installation, key }: Bench, name: string, path: string): Promise<void> {
  report.progress(`growth, list: ${name}`)
  const origin = installation.urls[0] ?? ''
  const connection = await openConnection(origin)
  const request = `GET /v1/${path} HTTP/1.1\r\nhost: ${new URL(origin).host}\r\nauthorization: Bearer ${key}\r\n\r\n`
  const durations: number[] = []
  let entries = 0
  const ask = async (): Promise<number> => {
    const from = performance.now()
    const { status, body } = await connection.send(Buffer.from(request))
    if (status !== 200) throw new Error(`${path} was answered ${String(status)}: ${body}`)
    entries = (JSON.parse(body) as { data: unknown[] }).data.length // as the API documents it
    return performance.now() - from
  }
  const coldMs = await ask()
  const warmUntil = performance.now() + MOST_LIST_MS
  for (let n = 1; n < WARM_UP_REQUESTS && performance.now() < warmUntil; n++) await ask()
  const begun = performance.now()
  // a list that takes long is not asked for as often
  while (durations.length < REQUESTS && performance.now() - begun < MOST_LIST_MS) durations.push(await ask())
  connection.close()
  if (entries === 0) throw new Error(`${path} lists nothing, so that its time says nothing`)
  const { p50, p99, max } = spread(durations)
  report.add({
    section: 'growth',
    name,
    figures: { 'p50 ms': p50, 'p99 ms': p99, 'max ms': max, 'first ms': coldMs, entries },
    goal: { figure: p99, of: 'ms p99', ...(name.includes('failed, of one') && { atMost: MOST_MS }) },
  })
}
