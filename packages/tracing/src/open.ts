import { noTracing, type Tracing } from './tracing.ts'

export interface TracingOptions {
  /** where a collector takes OTLP over HTTP: "http://127.0.0.1:4318/v1/traces" */
  url: string
  /** the part of the traces that begin here which is kept, 0 to 1; those of callers are kept as they ask */
  ratio: number
  /** what the traces call this process: "redrive-ingress" */
  service: string
  version: string
  /** told when spans could not be sent, at most once a minute */
  onTrouble: (reason: string) => void
}

/** OpenTelemetry, if a collector is named; else nothing of it is even loaded. */
export async function openTracing(options: TracingOptions | null): Promise<Tracing> {
  if (options === null) return noTracing
  const { createTracing } = await import('./otel.ts')
  return createTracing(options)
}
