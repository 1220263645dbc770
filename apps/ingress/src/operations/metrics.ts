import { Counter, Histogram } from 'prom-client'
import type { Metrics } from '@redrive/runtime'
import type { PublishAnswer } from '@redrive/store'

/** Told of everything that an ingress does that is worth counting. */
export interface IngressMetrics {
  published(answers: readonly PublishAnswer[]): void
  /** `route`: its pattern; null where no route was found, or none was asked for yet */
  answered(request: { method: string; route: string | null; status: number; ms: number }): void
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Whatever else callers make up is one value. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Labels are bounded: routes, methods, statuses and results, never tenants, endpoints or paths. */
export function createIngressMetrics({ registry }: Metrics): IngressMetrics {
  const registers = [registry]
  const published = new Counter({
    name: 'redrive_published_events_total',
    help: 'Events that were published, by what came of it: created, or replayed by their idempotency key, and so on',
    labelNames: ['result'],
    registers,
  })
  const requests = new Counter({
    name: 'redrive_http_requests_total',
    help: 'Requests answered, by route and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const duration = new Histogram({
    name: 'redrive_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer, by route',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers,
  })

  return {
    published(answers) {
      const counts = new Map<string, number>()
      for (const { kind } of answers) counts.set(kind, (counts.get(kind) ?? 0) + 1)
      for (const [result, count] of counts) published.inc({ result }, count)
    },
    answered({ method: asked, route: known, status, ms }) {
      const method = METHODS.has(asked) ? asked : 'other'
      const route = known ?? 'none'
      requests.inc({ method, route, status })
      duration.observe({ method, route }, ms / 1000)
    },
  }
}
