import { setTimeout as sleep } from 'node:timers/promises'
import { startBlackHole } from '@redrive/testkit/black-hole'
import { freePort } from '@redrive/testkit/private-postgres'
import type { Receivers } from './bench.ts'
import { spread } from './figures.ts'
import { startHelper } from './helper.ts'
import { startInstallation } from './installation.ts'
import { createProducer, type Producer } from './producer.ts'

/** The healthy load: so many endpoints, so many events a second to all of them together, for so long. */
const HEALTHY = { endpoints: 10, perSecond: 40, seconds: 12 }
/** What comes late still counts: it is waited for. */
const LATE_MS = 20_000
const SETTLE_MS = 2_000

interface Neighbour {
  /** by which it is named on the command line */
  key: string
  name: string
  /** Begins to be a nuisance; the answer ends it. */
  start(): Promise<() => Promise<void>>
}

interface Figures {
  name: string
  count: number
  missing: number
  p50: number
  p99: number
  max: number
  perSecond: number
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
  const url = `http://127.0.0.1:${String(ports[0])}`
  const installation = await startInstallation({ queue, ingresses: 1, workers: 2 })
  const producer = createProducer(installation.urls[0] ?? '')
  const hole = await startBlackHole()
  const bad = await producer.tenant('Bad')
  const good = await producer.tenant('Good')
  const healthy = await Promise.all(
    Array.from({ length: HEALTHY.endpoints }, () => producer.endpoint(good, `${url}/timed`)),
  )
  const backlog = (
    key: string,
    name: string,
    tenantId: string,
    url: string,
    count: number,
    endpoints = 1,
  ): Neighbour => ({
    key,
    name,
    async start() {
      const ids = await Promise.all(Array.from({ length: endpoints }, () => producer.endpoint(tenantId, url)))
      await producer.flood(tenantId, ids, count)
      return async () => {
        await Promise.all(ids.map((id) => producer.remove(tenantId, id)))
      }
    },
  })
  const dead = `http://127.0.0.1:${String(await freePort())}/`
  const silent = `http://127.0.0.1:${String(hole.port)}/`
  const neighbours: Neighbour[] = [
    backlog('slow', 'slow, 2,000 waiting', good, `${url}/slow`, 2_000),
    backlog('refusing', 'refuses connections, 2,000', good, dead, 2_000),
    backlog('silent', 'answers no SYN, 1,000', good, silent, 1_000),
    backlog('flood', '10,000 at once to one', good, `${url}/flooded`, 10_000),
    backlog('tenant', 'a tenant floods: 10,000 to 20', bad, `${url}/flooded`, 10_000, 20),
  ].filter(({ key }) => keys.length === 0 || keys.includes(key))

  await measure('(warm-up)', producer, good, healthy, receivers)
  const alone = await measure('alone', producer, good, healthy, receivers)
  process.stdout.write(`\nqueue in ${queue}, two workers; publish to first byte of the healthy endpoints, ms\n`)
  print(alone, alone)
  for (const neighbour of neighbours) {
    // the neighbour's own publishing is not waited for: a flood is worst while it comes in
    const starting = neighbour.start()
    const figures = await measure(neighbour.name, producer, good, healthy, receivers)
    print(figures, alone)
    const end = await starting
    await end()
    await sleep(SETTLE_MS)
  }
  await installation.stop()
  await hole.close()
  await receivers.close()
}

async function measure(
  name: string,
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
  return { name, count, missing: total - count, ...spread(latencies), perSecond: count / seconds }
}

function print({ name, missing, p50, p99, max, perSecond }: Figures, alone: Figures): void {
  const columns = [
    name.padEnd(30),
    `p50 ${p50.toFixed(0).padStart(6)}`,
    `p99 ${p99.toFixed(0).padStart(6)}`,
    `max ${max.toFixed(0).padStart(6)}`,
    `${perSecond.toFixed(1).padStart(6)}/s`,
    `p99 ratio ${(p99 / alone.p99).toFixed(2)}`,
    ...(missing > 0 ? [`${String(missing)} MISSING`] : []),
  ]
  process.stdout.write(`${columns.join('  ')}\n`)
}
