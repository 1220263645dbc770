import { collectDefaultMetrics, Registry } from 'prom-client'

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
