import { type Bench, CONCURRENCY, KILOBYTE } from '../bench.ts'
import type { Answer as ExpressAnswer, Question as ExpressQuestion } from '../ceilings/express-zod.ts'
import type { Answer as GotAnswer, Question as GotQuestion } from '../ceilings/got-loop.ts'
import type { Answer as JobsAnswer, Question as JobsQuestion } from '../ceilings/no-op-jobs.ts'
import { sum } from '../figures.ts'
import { type Helper, startHelper } from '../helper.ts'
import type { Events } from '../load/requests.ts'

/** Enough for some seconds, however fast the machine. */
const JOBS = { redis: 40_000, postgres: 4_000 }

/** What this machine can do at most, with as many processes as the installation has. */
export async function ceilings(bench: Bench): Promise<void> {
  const { report, origins } = bench
  report.add({
    section: 'ceilings',
    name: 'bare got loop, 1 KB',
    figures: { 'requests/s': await gotLoop(bench, origins.slice(0, 1)) },
  })
  report.add({
    section: 'ceilings',
    name: 'BullMQ, jobs that do nothing',
    figures: { 'jobs/s': await noOpJobs(bench) },
  })
  const { perSecond } = await expressAndZod(bench, { types: ['bench.unheard'], bytes: KILOBYTE, batch: 1 }, CONCURRENCY)
  report.add({ section: 'ceilings', name: 'Express and zod, 1 KB', figures: { 'requests/s': perSecond } })
}

/** Requests/s of as many loops as there are workers. */
export async function gotLoop({ options, report }: Bench, origins: readonly string[]): Promise<number> {
  const { workers, seconds } = options
  report.progress(`bare got loop, ${String(workers)} processes`)
  const urls = origins.map((origin) => `${origin}/bare`)
  const loops = Array.from({ length: workers }, () => startHelper<GotQuestion, GotAnswer>('./ceilings/got-loop.ts'))
  return using(loops, async () => {
    const question = { urls, bytes: KILOBYTE, concurrency: CONCURRENCY, seconds: Math.ceil(seconds / 2) }
    const answers = await Promise.all(loops.map((loop) => loop.ask(question)))
    return sum(answers.map(({ perSecond }) => perSecond))
  })
}

async function noOpJobs({ options, report, installation }: Bench): Promise<number> {
  const { queue, workers } = options
  report.progress(`BullMQ alone, ${String(workers)} processes`)
  const url = installation.redis?.url ?? installation.database.url
  const all = Array.from({ length: workers }, () => startHelper<JobsQuestion, JobsAnswer>('./ceilings/no-op-jobs.ts'))
  return using(all, async () => {
    await all[0]?.ask({ what: 'add', url, concurrency: CONCURRENCY, jobs: JOBS[queue] })
    const answers = await Promise.all(all.map((one) => one.ask({ what: 'work', url, concurrency: CONCURRENCY })))
    const worked = answers.filter(({ done }) => done > 0)
    const ms = Math.max(...worked.map(({ lastAt }) => lastAt)) - Math.min(...worked.map(({ firstAt }) => firstAt))
    return (sum(worked.map(({ done }) => done)) * 1000) / ms
  })
}

/** Events/s of as many servers as there are ingresses. */
export async function expressAndZod(
  { options, report, load }: Bench,
  events: Events,
  connections: number,
): Promise<{ perSecond: number }> {
  report.progress(`Express and zod alone, ${String(events.bytes)} bytes, ${String(events.batch)} a request`)
  const servers = Array.from({ length: options.ingresses }, () =>
    startHelper<ExpressQuestion, ExpressAnswer>('./ceilings/express-zod.ts'),
  )
  return using(servers, async () => {
    const origins = await Promise.all(servers.map(async (server) => (await server.ask({})).url))
    const seconds = Math.ceil(options.seconds / 2)
    const { accepted } = await load.ask({ kind: 'closed', origins, key: 'none', events, connections, seconds })
    return { perSecond: (accepted * events.batch) / seconds }
  })
}

async function using<Result>(
  helpers: readonly Pick<Helper<object, unknown>, 'close'>[],
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } finally {
    await Promise.all(helpers.map((helper) => helper.close()))
  }
}
