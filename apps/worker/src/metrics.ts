import { Counter, Histogram } from 'prom-client'
import type { Metrics } from '@redrive/runtime'
import type { AttemptResult, ClaimedDelivery } from '@redrive/store'

/** Told of everything that a worker does that is worth counting. */
export interface WorkerMetrics {
  attempted(delivery: ClaimedDelivery, result: AttemptResult): void
  /** no attempt could be made, by a fault of our own */
  faulted(): void
  fannedOut(events: number, deliveries: number): void
  reconciled(counts: { events: number; deliveries: number; interrupted: number }): void
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60]

/** Labels are bounded: outcomes, error codes, phases and triggers, never tenants or endpoints. */
export function createWorkerMetrics({ registry }: Metrics): WorkerMetrics {
  const registers = [registry]
  const attempts = new Counter({
    name: 'redrive_attempts_total',
    help: 'Attempts recorded, by what came of them and what follows',
    labelNames: ['outcome', 'code', 'trigger', 'next'],
    registers,
  })
  const faults = new Counter({
    name: 'redrive_faults_total',
    help: 'Deliveries that were handed back because of a fault of our own',
    registers,
  })
  const duration = new Histogram({
    name: 'redrive_attempt_duration_seconds',
    help: 'Time from the start of a request to the end of its answer',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers,
  })
  const phases = new Histogram({
    name: 'redrive_attempt_phase_seconds',
    help: 'Time in each phase of a request',
    labelNames: ['phase'],
    buckets: SECONDS,
    registers,
  })
  const latency = new Histogram({
    name: 'redrive_publish_to_first_byte_seconds',
    help: 'Time from the publishing of an event to the first byte that its receiver gets, scheduled events left out',
    buckets: SECONDS,
    registers,
  })
  const fannedOut = new Counter({
    name: 'redrive_fanned_out_deliveries_total',
    help: 'Deliveries made or found owed by fan-out',
    registers,
  })
  const events = new Counter({ name: 'redrive_fanned_out_events_total', help: 'Events fanned out', registers })
  const reconciled = new Counter({
    name: 'redrive_reconciled_total',
    help: 'What the reconciler brought: events, deliveries, and leases that had run out',
    labelNames: ['what'],
    registers,
  })

  return {
    attempted(delivery, { outcome, error, next, trigger }) {
      const name = error === null ? 'succeeded' : 'failed'
      attempts.inc({ outcome: name, code: error?.code ?? 'none', trigger, next: next.status })
      duration.observe({ outcome: name }, outcome.durationMs / 1000)
      for (const [phase, ms] of Object.entries(outcome.timings)) {
        if (ms !== null && phase !== 'total') phases.observe({ phase }, ms / 1000)
      }
      if (delivery.attemptNumber === 1 && delivery.event.deliverAt === null) {
        // a request goes out when its connection stands
        const { dns, connect, tls } = outcome.timings
        const outAt = outcome.startedAt.getTime() + (dns ?? 0) + (connect ?? 0) + (tls ?? 0)
        latency.observe(Math.max(0, outAt - delivery.event.createdAt.getTime()) / 1000)
      }
    },
    faulted() {
      faults.inc()
    },
    fannedOut(eventCount, deliveryCount) {
      events.inc(eventCount)
      fannedOut.inc(deliveryCount)
    },
    reconciled(counts) {
      for (const [what, count] of Object.entries(counts)) if (count > 0) reconciled.inc({ what }, count)
    },
  }
}
