import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** A registry of one process. Metrics are made with prom-client's classes, `registers: [metrics.registry]`. */
export interface Metrics {
  registry: Registry
  contentType: string
  /** The exposition text. */
  render(): Promise<string>
}

/** `processMetrics` adds CPU, memory, garbage collection and event loop lag (prom-client's defaults). */
export function createMetrics(options: { processMetrics: boolean }): Metrics {
  const registry = new Registry()
  if (options.processMetrics) collectDefaultMetrics({ register: registry })
  return { registry, contentType: registry.contentType, render: () => registry.metrics() }
}

/** What is asked for when somebody scrapes must not hold the scrape up. */
const MEASURE_TIMEOUT_MS = 2_000

/** One of a gauge's values, by the values of its labels. */
export interface Sample {
  labels: Record<string, string>
  value: number
}

/**
 * A gauge that is asked for when it is scraped: one value, or several by label. Where the answer fails or takes too long
 * it has none, which Prometheus shows as a gap.
 */
export function measuredGauge(
  metrics: Metrics,
  options: { name: string; help: string; labelNames?: string[]; measure: () => Promise<number | readonly Sample[]> },
): void {
  const { name, help, labelNames = [], measure } = options
  new Gauge({
    name,
    help,
    labelNames,
    registers: [metrics.registry],
    async collect() {
      const measured = await inTime(measure())
      this.reset()
      if (measured === null) {
        // one with labels has no value by now
        if (labelNames.length === 0) this.remove()
      } else if (typeof measured === 'number') this.set(measured)
      else for (const { labels, value } of measured) this.set(labels, value)
    },
  })
}

/** A pool's gauge: what is used, what is free, and who waits for it. */
export function poolGauge(metrics: Metrics, options: { name: string; help: string; pool: () => PoolUse }): void {
  const { pool, ...names } = options
  measuredGauge(metrics, {
    ...names,
    labelNames: ['state'],
    measure: () => {
      const { inUse, idle, waiting } = pool()
      const states = { in_use: inUse, idle, waiting }
      return Promise.resolve(Object.entries(states).map(([state, value]) => ({ labels: { state }, value })))
    },
  })
}

export interface PoolUse {
  inUse: number
  idle: number
  /** who waits for one */
  waiting: number
}

async function inTime<T>(measuring: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      resolve(null)
    }, MEASURE_TIMEOUT_MS)
  })
  const answer = await Promise.race([measuring.catch(() => null), late])
  clearTimeout(timer)
  return answer
}
