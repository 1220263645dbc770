import type { Bench } from '../bench.ts'
import { withDiskTimes } from '../disk.ts'
import { spread } from '../figures.ts'
import { settleDatabase } from '../installation.ts'
import { measureLatencies } from '../latencies.ts'
import { FRESH_WARM_UP_SECONDS, WARM_UP_SECONDS } from '../load/warm-up.ts'
import { steadyState } from '../steady.ts'

const MOST_MS = { redis: 15, postgres: 40 }
const CAPACITY_SHARE = 0.8
/** Of fewer, the hundredth part that was slowest would be a few. */
const LEAST_EVENTS = 600

/** From publishing to the receiver's first byte. */
export async function latency(bench: Bench): Promise<void> {
  const { options, report, producer, tenantId, origins } = bench
  await producer.endpoint(tenantId, `${origins[0] ?? ''}/timed`, { eventTypes: ['bench.timed'] })
  report.progress('latency, capacity')
  const single = { types: ['bench.timed'], fanOut: 1, batch: 1, connections: 16 }
  const capacity = bench.capacity ?? (await steadyState(bench, single, FRESH_WARM_UP_SECONDS)).perSecond
  const rates = { '50/s': 50, '200/s': 200, '80 % of capacity': Math.round(capacity * CAPACITY_SHARE) }
  for (const [name, perSecond] of Object.entries(rates)) {
    report.progress(`latency, ${name}`)
    const seconds = Math.max(options.seconds, LEAST_EVENTS / perSecond)
    const measure = (length: number) => measureLatencies(bench, ['bench.timed'], perSecond, length)
    await settleDatabase(bench.installation)
    await measure(WARM_UP_SECONDS)
    const { result, syncs } = await withDiskTimes(() => measure(seconds))
    const { latencies, missing, late } = result
    const { p50, p99, max } = spread(latencies)
    const disk = spread(syncs)
    report.add({
      section: 'latency',
      name,
      figures: {
        'events/s': perSecond,
        'p50 ms': p50,
        'p99 ms': p99,
        'max ms': max,
        'sent late p99 ms': spread(late).p99,
        'disk sync p99 ms': disk.p99,
        'disk sync max ms': disk.max,
        missing,
      },
      goal: { figure: p99, of: 'ms p99', ...(perSecond === 50 && { atMost: MOST_MS[options.queue] }) },
    })
  }
}
