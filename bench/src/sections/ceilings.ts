import { type Bench, CALLERS, CONCURRENCY, KILOBYTE } from '../bench.ts'
import type { Answer as JobsAnswer, Question as JobsQuestion } from '../ceilings/no-op-jobs.ts'
import { sum } from '../figures.ts'
import { startHelper } from '../helper.ts'
import type { Events } from '../load/requests.ts'
import { FRESH_WARM_UP_SECONDS, WARM_UP_SECONDS } from '../load/warm-up.ts'

/** Enough for some seconds, however fast the machine. */
const JOBS = { redis: 40_000, postgres: 4_000 }

/** What this machine can do at most, with as many processes as the installation has. */
export async function ceilings(bench: Bench): Promise<void> {
  const { report, origins } = bench
  report.add({
    section: 'ceilings',
    name: 'bare got loop, 1 KB',
    figures: { 'requests/s': await gotLoop(bench, origins.slice(0, 1), FRESH_WARM_UP_SECONDS) },
  })
  report.add({
    section: 'ceilings',
    name: 'BullMQ, jobs that do nothing',
    figures: { 'jobs/s': await noOpJobs(bench) },
  })
  const events = { types: ['bench.unheard'], bytes: KILOBYTE, batch: 1 }
  report.add({
    section: 'ceilings',
    name: 'Express and zod, 1 KB',
    figures: { 'requests/s': await expressAndZod(bench, events, CALLERS, FRESH_WARM_UP_SECONDS) },
  })
}

/** Requests/s of as many loops as there are workers. */
export async function gotLoop(
  { options, report, ceilings }: Bench,
  origins: readonly string[],
  warmUpSeconds = WARM_UP_SECONDS,
): Promise<number> {
  report.progress(`bare got loop, ${String(ceilings.loops.length)} processes`)
  const urls = origins.map((origin) => `${origin}/bare`)
  const seconds = Math.ceil(options.seconds / 2)
  const question = { urls, bytes: KILOBYTE, concurrency: CONCURRENCY, warmUpSeconds, seconds }
  const answers = await Promise.all(ceilings.loops.map((loop) => loop.ask(question)))
  return sum(answers.map(({ perSecond }) => perSecond))
}

async function noOpJobs({ options, report, installation }: Bench): Promise<number> {
  const { queue, workers } = options
  report.progress(`BullMQ alone, ${String(workers)} processes`)
  const url = installation.redis?.url ?? installation.database.url
  const all = Array.from({ length: workers }, () => startHelper<JobsQuestion, JobsAnswer>('./ceilings/no-op-jobs.ts'))
  try {
    await all[0]?.ask({ what: 'add', url, concurrency: CONCURRENCY, jobs: JOBS[queue] })
    const answers = await Promise.all(all.map((one) => one.ask({ what: 'work', url, concurrency: CONCURRENCY })))
    const worked = answers.filter(({ done }) => done > 0)
    const ms = Math.max(...worked.map(({ lastAt }) => lastAt)) - Math.min(...worked.map(({ firstAt }) => firstAt))
    return (sum(worked.map(({ done }) => done)) * 1000) / ms
  } finally {
    await Promise.all(all.map((one) => one.close()))
  }
}

/** Events/s of as many servers as there are ingresses. */
export async function expressAndZod(
  { options, report, load, ceilings }: Bench,
  events: Events,
  connections: number,
  warmUpSeconds = WARM_UP_SECONDS,
): Promise<number> {
  report.progress(`Express and zod alone, ${String(events.bytes)} bytes, ${String(events.batch)} a request`)
  const origins = await Promise.all(ceilings.servers.map(async (server) => (await server.ask({})).url))
  const seconds = Math.ceil(options.seconds / 2)
  const target = { origins, key: 'none', events }
  const { accepted } = await load.ask({ kind: 'closed', ...target, connections, warmUpSeconds, seconds })
  return (accepted * events.batch) / seconds
}
