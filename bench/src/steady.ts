import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, KILOBYTE } from './bench.ts'
import { type Costs, costsOfEach, readCosts } from './costs.ts'
import { WARM_UP_SECONDS } from './load/warm-up.ts'

/** A load that keeps deliveries waiting: events of these types, each for so many endpoints. */
export interface SteadyLoad {
  types: readonly string[]
  fanOut: number
  /** events to a request, and requests at once */
  batch: number
  connections: number
}

export interface Steady {
  perSecond: number
  /** of one delivery */
  costs: Costs
}

/** Deliveries that wait: enough for all slots, and no more than seconds of work. */
const BACKLOG = 2_000
const DRAIN_MS = 120_000

/**
 * Deliveries/s as the receivers count them while a bounded backlog waits, and what each cost. Everything that was
 * accepted must arrive afterwards, or the benchmark fails.
 */
export async function steadyState(bench: Bench, load: SteadyLoad, warmUpSeconds = WARM_UP_SECONDS): Promise<Steady> {
  const { types, fanOut, batch, connections } = load
  const count = async () => bench.receivers.ask({ what: 'ports' })
  const before = await count()
  await bench.load.ask({
    kind: 'backlog',
    origins: bench.installation.urls,
    key: bench.key,
    events: { types, bytes: KILOBYTE, batch },
    connections,
    backlog: BACKLOG,
    fanOut,
    countUrl: `${bench.origins[0] ?? ''}/count`,
  })
  await sleep(warmUpSeconds * 1000)
  const own = [bench.load, bench.receivers]
  const costsBefore = await readCosts(bench.installation, own)
  const from = await count()
  await sleep(bench.options.seconds * 1000)
  const to = await count()
  const costsAfter = await readCosts(bench.installation, own)
  const { accepted } = await bench.load.ask({ kind: 'stop' })

  const due = accepted * batch * fanOut
  const deadline = performance.now() + DRAIN_MS
  for (let arrived = 0; arrived < due; arrived = (await count()).count - before.count) {
    if (performance.now() > deadline)
      throw new Error(`${String(due - arrived)} of ${String(due)} deliveries are missing`)
    await sleep(20)
  }
  const deliveries = to.count - from.count
  return {
    perSecond: (deliveries * 1000) / (to.at - from.at),
    costs: costsOfEach(costsBefore, costsAfter, deliveries),
  }
}
