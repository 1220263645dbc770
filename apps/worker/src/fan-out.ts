import { type Crowding, deliveryJob, type JobHandler, type NewJob, type Producer } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { DueDelivery, Ledger } from '@redrive/store'
import { type Span, stepOf, type Tracing } from '@redrive/tracing'
import type { FirstAttempts } from './first-attempts.ts'
import type { WorkerMetrics } from './metrics.ts'
import { laterIfStoreIsAway } from './store-away.ts'

interface FanOutDeps {
  ledger: Pick<Ledger, 'fanOut'>
  producer: Pick<Producer, 'add'>
  firstAttempts: Pick<FirstAttempts, 'start'>
  metrics: Pick<WorkerMetrics, 'fannedOut'>
  crowding: Crowding
  tracing: Tracing
  log: Log
}

/** Above these, a flood's jobs go behind those of others: ten thousand at once delay nobody else. */
const ENDPOINT_PER_SECOND = 50
const TENANT_PER_SECOND = 500

/** The `publish` handler: makes the deliveries of committed events, starts what there is room for, and a job for the rest. */
export function createFanOut({
  ledger,
  producer,
  firstAttempts,
  metrics,
  crowding,
  tracing,
  log,
}: FanOutDeps): JobHandler<'publish'> {
  const job = (due: DueDelivery, trace: string | null): NewJob => {
    const priority = crowding.priorityOf(
      { key: due.endpointId, perSecond: ENDPOINT_PER_SECOND },
      { key: due.tenantId, perSecond: TENANT_PER_SECOND },
    )
    return { ...deliveryJob(due), priority, trace }
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
      const due = await ledger.fanOut(eventIds)
      metrics.fannedOut(eventIds.length, due.length)
      const spans = spansOf(due, startedAt)
      const rest = await firstAttempts.start(due, spans)
      try {
        await producer.add(rest.map((one) => job(one, spans.get(one.trace)?.traceParent ?? null)))
      } catch (error) {
        // they are owed in the ledger, and the reconciler enqueues them when the queue takes jobs again
        log.warn('deliveries are left to the reconciler', { deliveries: rest.length, error })
      } finally {
        for (const span of spans.values()) span.end()
      }
      return { kind: 'done' }
    })
}
