import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, KILOBYTE } from '../bench.ts'
import { sum } from '../figures.ts'
import { residentMegabytes } from '../memory.ts'
import { WARM_UP_SECONDS } from '../load/warm-up.ts'

/** More at once than an ingress lets wait. */
const CONNECTIONS = 8_000
const SAMPLE_MS = 100
const SETTLE_MS = 5_000

/**
 * What becomes of an ingress that is asked for far more than it can do: its memory, and what callers hear. First by callers
 * who heed `Retry-After`, then by such as come again at once.
 */
export async function backpressure(bench: Bench): Promise<void> {
  await overload(bench, { heeds: true })
  await sleep(SETTLE_MS)
  await overload(bench, {})
}

async function overload(bench: Bench, manners: { heeds?: true }): Promise<void> {
  const { options, report, load, installation, key } = bench
  const { ingresses, urls: origins } = installation
  const { seconds } = options
  const name = `${String(CONNECTIONS)} callers, ${manners.heeds ? 'patient' : 'coming again at once'}`
  report.progress(`backpressure, ${name}`)
  const memory = async (): Promise<number> => sum(await Promise.all(ingresses.map(({ pid }) => residentMegabytes(pid))))
  const before = await memory()
  let early = before
  let peak = before
  const halfTime = performance.now() + (WARM_UP_SECONDS + seconds / 2) * 1000
  const sampling = new AbortController()
  const sampled = (async () => {
    while (!sampling.signal.aborted) {
      peak = Math.max(peak, await memory())
      if (performance.now() < halfTime) early = peak
      await sleep(SAMPLE_MS)
    }
  })()
  const events = { types: ['bench.unheard'], bytes: KILOBYTE, batch: 1 }
  const asking = load.ask({
    kind: 'closed',
    origins,
    key,
    events,
    connections: CONNECTIONS,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
    ...manners,
  })
  const answers = await asking.finally(() => {
    sampling.abort()
  })
  await sampled
  await sleep(SETTLE_MS)
  const others = answers.refused - answers.toldToWait
  report.add({
    section: 'backpressure',
    name,
    figures: {
      'accepted/s': answers.accepted / seconds,
      '503 with Retry-After/s': answers.toldToWait / seconds,
      'MB before': before,
      'at most, first half': early,
      'in all': peak,
      after: await memory(),
    },
    goal: { figure: others, of: 'other answers', atMost: 0 },
  })
}
