import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  type Context,
  type Link,
  type Span as OtelSpan,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { TracingOptions } from './open.ts'
import type { Span, SpanOptions, TraceParent, Tracing } from './tracing.ts'

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL }
const TRACE_PARENT = /^00-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/
/** What BullMQ does for itself, all day long. */
const UPKEEP = /^(moveStalledJobsToWait|startStalledCheckTimer|getNextJob|rateLimit|pause|resume|close)\b/
/** What is left when the process stops gets so long; a collector that hangs holds nothing up. */
const CLOSE_MS = 2_000
/** Spans that wait to be sent; more are dropped. */
const MAX_WAITING = 8_192
const SEND_EVERY_MS = 1_000
const TROUBLE_EVERY_MS = 60_000

/**
 * The one place that knows the SDK. OpenTelemetry's API is made of globals, which `bullmq-otel` uses: so there is one of
 * these in a process, made by its composition root. `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and
 * `OTEL_EXPORTER_OTLP_HEADERS` are read by the SDK itself.
 */
export function createTracing({ url, ratio, service, version, onTrouble }: TracingOptions): Tracing {
  diag.setLogger(quietly(onTrouble), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.version': version }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    sampler: new ParentBasedSampler({ root: withoutUpkeep(new TraceIdRatioBasedSampler(ratio)) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url }),
        scheduledDelayMillis: SEND_EVERY_MS,
        maxQueueSize: MAX_WAITING,
      }),
    ],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(provider)
  const tracer = provider.getTracer('redrive', version)

  const contexts = new WeakMap<Span, Context>()

  function start(
    name: string,
    { kind = 'internal', parent, links = [], attributes, startedAt }: SpanOptions = {},
  ): Span {
    const below = parent === undefined ? context.active() : contextOf(parent)
    const linked: Link[] = links.flatMap((link) => {
      const parsed = parse(link)
      return parsed === null ? [] : [{ context: parsed }]
    })
    const options = {
      kind: KINDS[kind],
      links: linked,
      ...(attributes && { attributes }),
      ...(startedAt && { startTime: startedAt }),
    }
    const otel = tracer.startSpan(name, options, below)
    const span = wrap(otel)
    contexts.set(span, trace.setSpan(below, otel))
    return span
  }

  return {
    isOn: true,
    active() {
      const active = trace.getSpanContext(context.active())
      return active === undefined ? null : format(active)
    },
    start,
    within: (span, work) => context.with(contexts.get(span) ?? context.active(), work),
    async close() {
      const late = new Promise<void>((resolve) => {
        setTimeout(resolve, CLOSE_MS).unref()
      })
      await Promise.race([provider.shutdown().catch(() => undefined), late])
      trace.disable()
      context.disable()
      propagation.disable()
      diag.disable()
    },
  }
}

function wrap(otel: OtelSpan): Span {
  return {
    traceParent: format(otel.spanContext()),
    name: (name) => void otel.updateName(name),
    set: (attributes) => void otel.setAttributes(attributes),
    fail: (message) => void otel.setStatus({ code: SpanStatusCode.ERROR, message }),
    end: () => {
      otel.end()
    },
  }
}

function contextOf(parent: TraceParent): Context {
  const parsed = parse(parent)
  return parsed === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parsed)
}

/** null also for what is no traceparent: callers send what they like, and their spans then begin a trace of their own. */
function parse(traceParent: TraceParent): SpanContext | null {
  const { traceId = '', spanId = '', flags = '' } = TRACE_PARENT.exec(traceParent ?? '')?.groups ?? {}
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return trace.isSpanContextValid(parsed) ? parsed : null
}

function format({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${String(traceFlags & 1)}`
}

function withoutUpkeep(sampler: Sampler): Sampler {
  return {
    shouldSample: (within, traceId, name, ...rest) =>
      UPKEEP.test(name)
        ? { decision: SamplingDecision.NOT_RECORD }
        : sampler.shouldSample(within, traceId, name, ...rest),
    toString: () => sampler.toString(),
  }
}

/** A collector that is away is worth a line now and then, not one for each batch. */
function quietly(tell: (reason: string) => void) {
  let toldAt = -Infinity
  const say = (message: string): void => {
    if (performance.now() - toldAt < TROUBLE_EVERY_MS) return
    toldAt = performance.now()
    tell(message.slice(0, 300))
  }
  return { error: say, warn: say, info: () => undefined, debug: () => undefined, verbose: () => undefined }
}
