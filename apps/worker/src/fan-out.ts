import { type Crowding, deliveryJob, type JobHandler, type NewJob, type Producer, slowed } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { DueDelivery, Ledger } from '@redrive/store'
import { type Span, stepOf, type Tracing } from '@redrive/tracing'
import type { FirstAttempts } from './first-attempts.ts'
import type { WorkerMetrics } from './metrics.ts'
import { laterIfStoreIsAway } from './store-away.ts'
import { notItsTurn, type WorkerPace } from './turns.ts'

interface FanOutDeps {
  /** whether this is the lane of floods, which goes at its pace */
  isFlood: boolean
  pace: WorkerPace
  ledger: Pick<Ledger, 'fanOut'>
  producer: Pick<Producer, 'add'>
  firstAttempts: Pick<FirstAttempts, 'start'>
  metrics: Pick<WorkerMetrics, 'fannedOut'>
  crowding: Crowding
  tracing: Tracing
  log: Log
}

/** Above these, a flood's deliveries go by the slow lane: ten thousand at once delay nobody else. */
const ENDPOINT_PER_SECOND = 250
const TENANT_PER_SECOND = 1_000
/** What fanning out one event costs, in deliveries. */
const EVENT_WEIGHT = 0.5

/**
 * The handler of `publish` and its slow lane: makes the deliveries of committed events, starts what there is room for, and
 * a job for the rest.
 */
export function createFanOut({
  isFlood,
  pace,
  ledger,
  producer,
  firstAttempts,
  metrics,
  crowding,
  tracing,
  log,
}: FanOutDeps): JobHandler<'publish'> {
  /** 0: it does not crowd */
  const levelOf = ({ endpointId, tenantId }: DueDelivery): number => {
    const { priority, crowd } = crowding.place(
      { key: endpointId, perSecond: ENDPOINT_PER_SECOND },
      { key: tenantId, perSecond: TENANT_PER_SECOND },
    )
    // whoever floods is not spared in the other lane either
    if (isFlood) pace.crowds(endpointId)
    if (crowd !== null) pace.crowds(crowd)
    else if (!isFlood) pace.fresh(endpointId, tenantId)
    return isFlood ? Math.max(1, priority) : priority
  }

  /** Each event's fan-out is a span of its own trace, however many events the job has brought. */
  const spansOf = (due: readonly DueDelivery[], startedAt: Date): Map<string | null | undefined, Span> => {
    const active = tracing.active()
    const traces = tracing.isOn ? [...new Set(due.map(({ trace }) => trace))] : []
    return new Map(
      traces.map((trace) => [trace, tracing.start('fan out', { ...stepOf(trace ?? null, active), startedAt })]),
    )
  }

  return ({ eventIds }) =>
    laterIfStoreIsAway(async () => {
      const startedAt = new Date()
      if (isFlood && !(await pace.turn(eventIds.length * EVENT_WEIGHT))) return notItsTurn()
      const due = await ledger.fanOut(eventIds)
      metrics.fannedOut(eventIds.length, due.length)
      const spans = spansOf(due, startedAt)
      const levels = new Map(due.map((one) => [one, levelOf(one)]))
      // a flood has its turn here; of others, what crowds has it in the slow lane
      const hasTurn = isFlood && (await pace.turn(due.length))
      const starts = (one: DueDelivery) => (isFlood ? hasTurn : levels.get(one) === 0 || !pace.isShared())
      const { now = [], later = [] } = Object.groupBy(due, (one) => (starts(one) ? 'now' : 'later'))
      const rest = await firstAttempts.start(now, spans)
      const jobs = [...rest, ...later].map((one): NewJob => {
        const job = { ...deliveryJob(one), trace: spans.get(one.trace)?.traceParent ?? null }
        const level = levels.get(one) ?? 0
        return level === 0 ? job : slowed(job, level)
      })
      try {
        await producer.add(jobs)
      } catch (error) {
        // they are owed in the ledger, and the reconciler enqueues them when the queue takes jobs again
        log.warn('deliveries are left to the reconciler', { deliveries: jobs.length, error })
      } finally {
        for (const span of spans.values()) span.end()
      }
      return { kind: 'done' }
    })
}
