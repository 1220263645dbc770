import type { Answer as ServerAnswer, Question as ServerQuestion } from './ceilings/express-zod.ts'
import type { Answer as LoopAnswer, Question as LoopQuestion } from './ceilings/got-loop.ts'
import { type Answer as ReceiversAnswer, type Question as ReceiversQuestion } from './receivers.ts'
import { type Helper, startHelper } from './helper.ts'
import { type Installation, startInstallation } from './installation.ts'
import type { Answer as LoadAnswer, Question as LoadQuestion } from './load/generator.ts'
import type { Options } from './options.ts'
import { createProducer, type Producer } from './producer.ts'
import type { Report } from './report.ts'

export type Receivers = Helper<ReceiversQuestion, ReceiversAnswer>
export type Load = Helper<LoadQuestion, LoadAnswer>
/** They live as long as the installation beside them, so that they are as warm as that is when they are measured. */
interface Ceilings {
  /** bare got, as many as there are workers */
  loops: readonly Helper<LoopQuestion, LoopAnswer>[]
  /** Express with zod, as many as there are ingresses */
  servers: readonly Helper<ServerQuestion, ServerAnswer>[]
}

/** What the sections share: one installation, one process of receivers, one of load. */
export interface Bench {
  options: Options
  report: Report
  installation: Installation
  receivers: Receivers
  /** origins of the receivers */
  origins: string[]
  load: Load
  ceilings: Ceilings
  producer: Producer
  tenantId: string
  /** an API key of that tenant */
  key: string
  /** deliveries/s of events that are published one by one, once that has been measured */
  capacity: number | null
  close(): Promise<void>
}

/** What an event carries where nothing else is said. */
export const KILOBYTE = 1024
/** Of a worker, and so of a bare loop: WORKER_CONCURRENCY's default. */
export const CONCURRENCY = 128
/** Of those who publish one by one. */
export const CALLERS = 64

export async function startBench(options: Options, report: Report): Promise<Bench> {
  const receivers: Receivers = startHelper('./receivers.ts')
  const load: Load = startHelper('./load/generator.ts')
  const several = <Question extends object, Answer>(count: number, file: string) =>
    Array.from({ length: count }, () => startHelper<Question, Answer>(file))
  const ceilings: Ceilings = {
    loops: several(options.workers, './ceilings/got-loop.ts'),
    servers: several(options.ingresses, './ceilings/express-zod.ts'),
  }
  const installation = await startInstallation(options)
  const producer = createProducer(installation.urls[0] ?? '')
  const tenantId = await producer.tenant('Bench')
  const { ports } = await receivers.ask({ what: 'ports' })
  return {
    options,
    report,
    installation,
    receivers,
    origins: ports.map((port) => `http://127.0.0.1:${String(port)}`),
    load,
    ceilings,
    producer,
    tenantId,
    key: await producer.apiKey(tenantId),
    capacity: null,
    async close() {
      await installation.stop()
      await Promise.all([load, receivers, ...ceilings.loops, ...ceilings.servers].map((helper) => helper.close()))
    },
  }
}
