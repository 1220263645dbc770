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

/**
 * A gauge whose value is asked for when it is scraped. Where the answer fails or takes too long it has no value, which
 * Prometheus shows as a gap.
 */
export function measuredGauge(
  metrics: Metrics,
  options: { name: string; help: string; measure: () => Promise<number> },
): void {
  const { name, help, measure } = options
  new Gauge({
    name,
    help,
    registers: [metrics.registry],
    async collect() {
      const value = await inTime(measure())
      if (value === null) this.remove()
      else this.set(value)
    },
  })
}

async function inTime(measuring: Promise<number>): Promise<number | null> {
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
