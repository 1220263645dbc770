import type { Bench } from '../bench.ts'
import { FRESH_WARM_UP_SECONDS, WARM_UP_SECONDS } from '../load/warm-up.ts'
import { type SteadyLoad, steadyState } from '../steady.ts'
import { gotLoop } from './ceilings.ts'

const SHARE = { redis: 0.75, postgres: 0.3 }
const TEN = Array.from({ length: 10 }, (_, n) => n)

/** Deliveries a second end to end, beside bare got loops before and after: the machine's speed drifts. */
export async function deliveries(bench: Bench): Promise<void> {
  const { options, report, origins } = bench
  await subscribe(bench)
  const loads: Record<string, SteadyLoad> = {
    'one endpoint': { types: ['bench.one'], fanOut: 1, batch: 50, connections: 2 },
    'ten endpoints': { types: TEN.map((n) => `bench.ten.${String(n)}`), fanOut: 1, batch: 50, connections: 2 },
    'fan-out of ten': { types: ['bench.fan'], fanOut: 10, batch: 10, connections: 2 },
    'one endpoint, published singly': { types: ['bench.one'], fanOut: 1, batch: 1, connections: 16 },
  }
  let before = await gotLoop(bench, origins, FRESH_WARM_UP_SECONDS)
  for (const [n, [name, load]] of Object.entries(loads).entries()) {
    const isFresh = n === 0 || load.batch === 1
    report.progress(`deliveries, ${name}`)
    const { perSecond, costs } = await steadyState(bench, load, isFresh ? FRESH_WARM_UP_SECONDS : WARM_UP_SECONDS)
    const after = await gotLoop(bench, origins)
    const bare = (before + after) / 2
    before = after
    if (load.batch === 1) bench.capacity = perSecond
    report.add({
      section: 'deliveries',
      name,
      figures: { 'deliveries/s': perSecond, 'bare got': bare },
      goal: { figure: perSecond / bare, of: 'of a bare got loop', atLeast: SHARE[options.queue] },
    })
    const { ingress, worker, redis, database, own, idle, statements, commands } = costs
    report.add({
      section: 'cost',
      name,
      figures: {
        'µs worker': worker,
        ingress,
        database,
        ...(options.queue === 'redis' && { redis }),
        'load and receivers': own,
        idle,
        ...(options.queue === 'redis' && { 'scripts in Redis': commands }),
        statements,
      },
    })
  }
}

/** One endpoint, ten of a type each, and ten that share a type; on ports of their own. */
async function subscribe({ producer, tenantId, origins }: Bench): Promise<void> {
  const endpoint = (n: number, type: string): Promise<string> =>
    producer.endpoint(tenantId, `${origins[n] ?? ''}/`, { eventTypes: [type] })
  await endpoint(0, 'bench.one')
  await Promise.all(TEN.flatMap((n) => [endpoint(n, `bench.ten.${String(n)}`), endpoint(n, 'bench.fan')]))
}
