import { setTimeout as sleep } from 'node:timers/promises'
import type { Load, Receivers } from './bench.ts'
import { spread, sum } from './figures.ts'
import { startHelper } from './helper.ts'
import { type Installation, settleDatabase, startInstallation } from './installation.ts'
import { type Latencies, measureLatencies } from './latencies.ts'
import { watchGrowth } from './memory.ts'
import { type Neighbour, startNeighbours } from './neighbours.ts'
import { createProducer } from './producer.ts'

/** The healthy load: so many endpoints, so many events a second to all of them together, for so long. */
const HEALTHY = { endpoints: 10, perSecond: 40, seconds: 12 }
/** Events to each of the healthy endpoints at once, before anything is measured. */
const BURST = 100
/** One stall of the machine decides a window's p99: what counts are the events of all rounds together. */
const ROUNDS = 5
/** After a neighbour, for what it leaves behind beside its deliveries: a checkpoint, a full collection. */
const REST_MS = 5_000
/** After so long those who had the burst count no more as a crowd, which would not be spared. */
const FORGOTTEN_MS = 30_000
/** Of 16 MB. */
const WAL_FILES = 30
const SETTLE_MS = 60_000
/** Of a window, before the neighbour begins: it comes to those who are at work. */
const BEFORE_MS = 1_000
const SETTLE_LOOK_MS = 500
const ALONE = 'alone'

/** What the healthy endpoints had in some seconds, or in all of them beside the same neighbour. */
interface Window extends Omit<Latencies, 'late'> {
  seconds: number
  /** requests that the neighbour's receivers had meanwhile, a second */
  itself?: number
  /** by how many MB the worker that grew most has grown meanwhile */
  growth?: number
}

interface Pair {
  alone: Window
  beside: Window
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
  const load: Load = startHelper('./load/generator.ts')
  const { ports } = await receivers.ask({ what: 'ports' })
  const installation = await startInstallation({ queue, ingresses: 1, workers: 2 })
  const producer = createProducer(installation.urls[0] ?? '')
  const good = await producer.tenant('Good')
  const url = `http://127.0.0.1:${String(ports[0])}/timed`
  const types = Array.from({ length: HEALTHY.endpoints }, (_, n) => `bench.healthy.${String(n)}`)
  const healthy = await Promise.all(types.map((type) => producer.endpoint(good, url, { eventTypes: [type] })))
  const neighbours = await startNeighbours(installation.urls[0] ?? '', good)
  const bench = { load, receivers, installation, key: await producer.apiKey(good) }
  const measure = async (): Promise<Window> => {
    const startedAt = performance.now()
    const window = await measureLatencies(bench, types, HEALTHY.perSecond, HEALTHY.seconds)
    return { ...window, seconds: (performance.now() - startedAt) / 1000 }
  }

  const beside = async (neighbour: Neighbour): Promise<Window> => {
    await neighbour.prepare?.()
    const before = await neighbours.received()
    const growth = await watchGrowth(installation.workers.map(({ pid }) => pid))
    const measuring = measure()
    await sleep(BEFORE_MS)
    // the neighbour's own publishing is not waited for: a flood is worst while it comes in
    const startedAt = performance.now()
    const starting = neighbour.start()
    starting.catch(() => undefined)
    const window = await measuring
    const itself = ((await neighbours.received()) - before) / ((performance.now() - startedAt) / 1000)
    const grown = growth()
    await starting
    await neighbour.end?.()
    return { ...window, itself, growth: grown }
  }

  const wanted = neighbours.all.filter(({ key }) => keys.length === 0 || keys.includes(key))
  for (const neighbour of wanted) await neighbour.settleDown?.()
  await settleDatabase(installation)
  // connections, their plans and compiled code are there afterwards, as in an installation that has seen a busy minute
  await Promise.all(healthy.map((id) => producer.flood(good, [id], BURST)))
  await settle(installation)
  await recycleWal(installation)
  await measure()
  await sleep(FORGOTTEN_MS)
  process.stdout.write(`\nqueue in ${queue}, two workers; publish to first byte of the healthy endpoints, ms\n`)
  const measured = wanted.map((neighbour) => ({ neighbour, rounds: [] as Pair[] }))
  for (let round = 1; round <= ROUNDS; round++) {
    process.stdout.write(`round ${String(round)} of ${String(ROUNDS)}\n`)
    for (const { neighbour, rounds } of measured) {
      // just before, since the machine is another a minute later
      const alone = await measure()
      print(ALONE, alone)
      const pair = { alone, beside: await beside(neighbour) }
      rounds.push(pair)
      print(neighbour.name, pair.beside, [ratio(pair)])
      await settle(installation)
      await sleep(REST_MS)
    }
  }
  process.stdout.write('all rounds together: the ratio, and the median of its rounds\n')
  for (const { neighbour, rounds } of measured) {
    const all = {
      alone: together(rounds.map(({ alone }) => alone)),
      beside: together(rounds.map((pair) => pair.beside)),
    }
    print(ALONE, all.alone)
    print(neighbour.name, all.beside, [ratio(all), spread(rounds.map(ratio)).p50])
  }
  await installation.stop()
  await Promise.all([neighbours.close(), load.close(), receivers.close()])
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

/** The neighbour's own figures are the median windows'. */
function together(windows: readonly Window[]): Window {
  const median = (values: (number | undefined)[]): number => spread(values.map((value) => value ?? 0)).p50
  return {
    latencies: windows.flatMap(({ latencies }) => latencies),
    missing: sum(windows.map(({ missing }) => missing)),
    seconds: sum(windows.map(({ seconds }) => seconds)),
    ...(windows[0]?.itself !== undefined && {
      itself: median(windows.map(({ itself }) => itself)),
      growth: median(windows.map(({ growth }) => growth)),
    }),
  }
}

/** Of the p99 to that of nobody else. */
function ratio({ alone, beside }: Pair): number {
  return spread(beside.latencies).p99 / spread(alone.latencies).p99
}

function print(name: string, window: Window, ratios: readonly number[] = []): void {
  const { latencies, missing, seconds, itself, growth } = window
  const { p50, p99, max } = spread(latencies)
  const columns = [
    name.padEnd(30),
    `p50 ${p50.toFixed(0).padStart(6)}`,
    `p99 ${p99.toFixed(0).padStart(6)}`,
    `max ${max.toFixed(0).padStart(6)}`,
    `${(latencies.length / seconds).toFixed(1).padStart(6)}/s`,
    ...(ratios.length === 0 ? [] : [`p99 ratio ${ratios.map((one) => one.toFixed(2)).join(' and ')}`]),
    ...(itself === undefined ? [] : [`the neighbour ${itself.toFixed(0)}/s`]),
    ...(growth === undefined ? [] : [`a worker grew by ${growth.toFixed(0)} MB`]),
    ...(missing > 0 ? [`${String(missing)} MISSING`] : []),
  ]
  process.stdout.write(`${columns.join('  ')}\n`)
}
