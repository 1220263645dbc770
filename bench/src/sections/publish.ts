import { eventually } from '@redrive/testkit/conditions'
import { type Bench, CALLERS, KILOBYTE } from '../bench.ts'
import { costsOfEach, readCosts } from '../costs.ts'
import { spread } from '../figures.ts'
import { FRESH_WARM_UP_SECONDS, WARM_UP_SECONDS } from '../load/warm-up.ts'
import { expressAndZod } from './ceilings.ts'

const SHARE = { redis: 0.45, postgres: 0.35 }
const BATCHES_AT_ONCE = 8
const DRAIN_MS = 120_000
const COUNT = 'SELECT count(*) FROM events'
const WAITING = 'SELECT count(*) FROM events WHERE look_at IS NOT NULL'
/** Nobody subscribes to the one, and to the other only somebody who takes no such channel. */
const UNHEARD = 'bench.unheard'
const UNWANTED = 'bench.unwanted'
const VARIANTS = [
  { name: '1 KB, single', type: UNHEARD, bytes: KILOBYTE, batch: 1, connections: CALLERS },
  { name: '1 KB, single, for workers', type: UNWANTED, bytes: KILOBYTE, batch: 1, connections: CALLERS },
  { name: '32 KB, single', type: UNHEARD, bytes: 32 * KILOBYTE, batch: 1, connections: CALLERS },
  { name: '1 KB, batches of 100', type: UNHEARD, bytes: KILOBYTE, batch: 100, connections: BATCHES_AT_ONCE },
  { name: '32 KB, batches of 10', type: UNHEARD, bytes: 32 * KILOBYTE, batch: 10, connections: BATCHES_AT_ONCE },
]

/**
 * Events accepted a second and how long the 202 took, beside Express with zod before and after: the machine's speed drifts.
 * Nobody gets them: where no endpoint has the type, the ingress's own statement finds that out; else it is left to the
 * workers, who run beside it in any case, and are done before Express is measured again.
 */
export async function publish(bench: Bench): Promise<void> {
  const { options, report, load, installation, key, producer, tenantId, origins } = bench
  const choosy = { eventTypes: [UNWANTED], channels: ['bench-elsewhere'] }
  await producer.endpoint(tenantId, origins[0] ?? '', choosy)
  for (const [n, { name, type, bytes, batch, connections }] of VARIANTS.entries()) {
    const events = { types: [type], bytes, batch }
    const warmUpSeconds = n === 0 ? FRESH_WARM_UP_SECONDS : WARM_UP_SECONDS
    const ceilingBefore = await expressAndZod(bench, events, connections, warmUpSeconds)
    report.progress(`publish, ${name}`)
    const { seconds } = options
    const target = { kind: 'closed' as const, origins: installation.urls, key, events, connections }
    await load.ask({ ...target, warmUpSeconds, seconds: 0 })
    const before = await count(bench, COUNT)
    const costsBefore = await readCosts(installation)
    const answer = await load.ask({ ...target, warmUpSeconds: 0, seconds })
    const costsAfter = await readCosts(installation)
    const after = await count(bench, COUNT)
    await eventually(async () => (await count(bench, WAITING)) === 0, 'all events to be fanned out', DRAIN_MS)
    const ceilingAfter = await expressAndZod(bench, events, connections)
    const ceiling = (ceilingBefore + ceilingAfter) / 2
    const { ingress, worker, database, redis, statements } = costsOfEach(costsBefore, costsAfter, after - before)
    const perSecond = (answer.accepted * batch) / seconds
    const { p50, p99 } = spread(answer.durations)
    report.add({
      section: 'publish',
      name,
      figures: {
        'events/s': perSecond,
        'Express and zod': ceiling,
        'p50 ms': p50,
        'p99 ms': p99,
        refused: answer.refused,
      },
      goal: {
        figure: perSecond / ceiling,
        of: 'of Express and zod',
        ...(batch === 1 && bytes === KILOBYTE && { atLeast: SHARE[options.queue] }),
      },
    })
    report.add({
      section: 'cost',
      name: `publish, ${name}`,
      figures: {
        'µs ingress': ingress,
        worker,
        database,
        ...(options.queue === 'redis' && { redis }),
        statements,
      },
    })
  }
}

async function count({ installation }: Bench, query: string): Promise<number> {
  const [row] = await installation.database.query<{ count: string }>(query)
  return Number(row?.count)
}
