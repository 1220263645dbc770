import { setTimeout as sleep } from 'node:timers/promises'
import type { Receivers } from './bench.ts'
import { spread, sum } from './figures.ts'
import { startHelper } from './helper.ts'
import { type Installation, startInstallation } from './installation.ts'
import { watchGrowth } from './memory.ts'
import { type Neighbour, startNeighbours } from './neighbours.ts'
import { createProducer, type Producer } from './producer.ts'

/** The healthy load: so many endpoints, so many events a second to all of them together, for so long. */
const HEALTHY = { endpoints: 10, perSecond: 40, seconds: 12 }
/** Events to each of the healthy endpoints at once, before anything is measured. */
const BURST = 100
/** One stall of the machine decides a window's p99: the median of so many windows counts. */
const ROUNDS = 3
/** After so long those who had the burst count no more as a crowd, which would not be spared. */
const FORGOTTEN_MS = 30_000
/** What comes late still counts: it is waited for. */
const LATE_MS = 20_000
/** Of 16 MB. */
const WAL_FILES = 30
const SETTLE_MS = 60_000
/** Of a window, before the neighbour begins: it comes to those who are at work. */
const BEFORE_MS = 1_000
const SETTLE_LOOK_MS = 500
const ALONE = 'alone'

interface Figures {
  missing: number
  p50: number
  p99: number
  max: number
  perSecond: number
  /** of its p99 to that of nobody else in the same round: between two rounds the machine may be another */
  ratio: number
  /** requests a second that the neighbour's receivers had meanwhile */
  itself: number | null
  /** by how many MB the worker that grew most has grown meanwhile */
  growth: number | null
}

/**
 * Ten healthy endpoints alone, then beside each bad neighbour: how long from the call that publishes to the first byte at
 * the receiver. On both queues and beside all neighbours, or on and beside those that are named.
 */
export async function fairness(args: readonly string[]): Promise<void> {
  const queues = (['postgres', 'redis'] as const).filter((queue) => args.includes(queue))
  const neighbours = args.filter((arg) => arg !== 'postgres' && arg !== 'redis')
  for (const queue of queues.length > 0 ? queues : (['postgres', 'redis'] as const)) await runOn(queue, neighbours)
}

async function runOn(queue: 'postgres' | 'redis', keys: readonly string[]): Promise<void> {
  const receivers: Receivers = startHelper('./receivers.ts')
  const { ports } = await receivers.ask({ what: 'ports' })
  const installation = await startInstallation({ queue, ingresses: 1, workers: 2 })
  const producer = createProducer(installation.urls[0] ?? '')
  const good = await producer.tenant('Good')
  const url = `http://127.0.0.1:${String(ports[0])}/timed`
  const healthy = await Promise.all(Array.from({ length: HEALTHY.endpoints }, () => producer.endpoint(good, url)))
  const neighbours = await startNeighbours(installation.urls[0] ?? '', good)
  const load = () => measure(producer, good, healthy, receivers)

  const beside = async (neighbour: Neighbour): Promise<Figures> => {
    await neighbour.prepare?.()
    const before = await neighbours.received()
    const growth = await watchGrowth(installation.workers.map(({ pid }) => pid))
    const loading = load()
    await sleep(BEFORE_MS)
    // the neighbour's own publishing is not waited for: a flood is worst while it comes in
    const startedAt = performance.now()
    const starting = neighbour.start()
    starting.catch(() => undefined)
    const figures = await loading
    const itself = ((await neighbours.received()) - before) / ((performance.now() - startedAt) / 1000)
    const grown = growth()
    await starting
    await neighbour.end?.()
    return { ...figures, itself, growth: grown }
  }

  const wanted = neighbours.all.filter(({ key }) => keys.length === 0 || keys.includes(key))
  for (const neighbour of wanted) await neighbour.settleDown?.()
  // or autovacuum does it some time later, and all sessions plan anew
  await installation.database.query('VACUUM (ANALYZE)')
  // connections, their plans and compiled code are there afterwards, as in an installation that has seen a busy minute
  await Promise.all(healthy.map((id) => producer.flood(good, [id], BURST)))
  await settle(installation)
  await recycleWal(installation)
  await load()
  await sleep(FORGOTTEN_MS)
  process.stdout.write(`\nqueue in ${queue}, two workers; publish to first byte of the healthy endpoints, ms\n`)
  const windows = new Map<string, Figures[]>([ALONE, ...wanted.map(({ name }) => name)].map((name) => [name, []]))
  for (let round = 1; round <= ROUNDS; round++) {
    process.stdout.write(`round ${String(round)} of ${String(ROUNDS)}\n`)
    const alone = await load()
    windows.get(ALONE)?.push(alone)
    print(ALONE, alone)
    for (const neighbour of wanted) {
      const figures = await beside(neighbour)
      figures.ratio = figures.p99 / alone.p99
      windows.get(neighbour.name)?.push(figures)
      print(neighbour.name, figures)
      await settle(installation)
    }
  }
  process.stdout.write('medians\n')
  for (const [name, figures] of windows) print(name, medians(figures))
  await installation.stop()
  await Promise.all([neighbours.close(), receivers.close()])
}

/**
 * A new database writes each file of its log for the first time, which all commits wait for; one that has been at work
 * for a while uses those of before again.
 */
async function recycleWal({ database }: Installation): Promise<void> {
  await database.query(`ALTER SYSTEM SET min_wal_size = '640MB'`)
  await database.query('SELECT pg_reload_conf()')
  await database.query('CREATE TABLE bench_wal (n int)')
  for (let n = 0; n < WAL_FILES; n++) {
    await database.query('INSERT INTO bench_wal VALUES (1)')
    await database.query('SELECT pg_switch_wal()')
  }
  await database.query('DROP TABLE bench_wal')
  await database.query('CHECKPOINT')
}

/** What one neighbour leaves behind must not delay the healthy beside the next: neither its backlog nor its retries. */
async function settle({ database }: Installation): Promise<void> {
  const isOver = async (): Promise<boolean> => {
    const [row] = await database.query<{ owed: boolean }>(
      `WITH ended AS (
         UPDATE deliveries SET status = 'cancelled', look_at = NULL, next_attempt_at = NULL, completed_at = now()
         WHERE status = 'retrying'
       )
       SELECT EXISTS (SELECT FROM deliveries WHERE status IN ('pending', 'delivering'))
           OR EXISTS (SELECT FROM events WHERE status = 'pending') AS owed`,
    )
    return row?.owed === false
  }
  const deadline = performance.now() + SETTLE_MS
  while (!(await isOver())) {
    if (performance.now() > deadline) throw new Error('what the neighbour left behind is not over')
    await sleep(SETTLE_LOOK_MS)
  }
}

async function measure(
  producer: Producer,
  tenantId: string,
  endpointIds: readonly string[],
  receivers: Receivers,
): Promise<Figures> {
  await receivers.ask({ what: 'taken' })
  const total = HEALTHY.perSecond * HEALTHY.seconds
  const startedAt = performance.now()
  const calls: Promise<void>[] = []
  for (let n = 0; n < total; n++) {
    await sleep(Math.max(0, startedAt + (n * 1000) / HEALTHY.perSecond - performance.now()))
    calls.push(producer.publish(tenantId, endpointIds[n % endpointIds.length] ?? ''))
  }
  await Promise.all(calls)
  const latencies: number[] = []
  const deadline = performance.now() + LATE_MS
  while (latencies.length < total && performance.now() < deadline) {
    latencies.push(...(await receivers.ask({ what: 'taken' })).latencies)
    await sleep(50)
  }
  const seconds = (performance.now() - startedAt) / 1000
  const count = latencies.length
  return {
    missing: total - count,
    ...spread(latencies),
    perSecond: count / seconds,
    ratio: 1,
    itself: null,
    growth: null,
  }
}

function medians(windows: readonly Figures[]): Figures {
  const of = (key: keyof Figures): number => spread(windows.map((figures) => figures[key] ?? NaN)).p50
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)
  return {
    missing: sum(windows.map(({ missing }) => missing)),
    p50: of('p50'),
    p99: of('p99'),
    max: of('max'),
    perSecond: of('perSecond'),
    ratio: of('ratio'),
    itself: orNull(of('itself')),
    growth: orNull(of('growth')),
  }
}

function print(name: string, { missing, p50, p99, max, perSecond, ratio, itself, growth }: Figures): void {
  const columns = [
    name.padEnd(30),
    `p50 ${p50.toFixed(0).padStart(6)}`,
    `p99 ${p99.toFixed(0).padStart(6)}`,
    `max ${max.toFixed(0).padStart(6)}`,
    `${perSecond.toFixed(1).padStart(6)}/s`,
    `p99 ratio ${ratio.toFixed(2)}`,
    ...(itself === null ? [] : [`the neighbour ${itself.toFixed(0)}/s`]),
    ...(growth === null ? [] : [`a worker grew by ${growth.toFixed(0)} MB`]),
    ...(missing > 0 ? [`${String(missing)} MISSING`] : []),
  ]
  process.stdout.write(`${columns.join('  ')}\n`)
}
