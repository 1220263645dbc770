import type { ContextManager, Telemetry } from 'bullmq'

/** BullMQ's own spans, for whoever traces: made by `openTelemetry`, and given to each producer and consumer. */
export type QueueTelemetry = Telemetry

/** Loaded only by those who trace. OpenTelemetry must have been set up before. */
export async function openTelemetry(): Promise<QueueTelemetry> {
  const { BullMQOtel } = await import('bullmq-otel')
  return new BullMQOtel({ tracerName: 'bullmq' })
}

/** A job's place in its trace, as BullMQ keeps it beside the job. */
export function traceMetadata(traceParent: string): string {
  return JSON.stringify({ traceparent: traceParent })
}

/** Does the work below the span that `traceParent` names. */
export function below<T>(
  { contextManager }: { contextManager: ContextManager },
  traceParent: string,
  work: () => T,
): T {
  return contextManager.with(contextManager.fromMetadata(contextManager.active(), traceMetadata(traceParent)), work)
}
