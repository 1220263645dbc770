/**
 * Traces, without anybody having to know OpenTelemetry. A span's place in its trace is a text, as W3C writes it
 * ("traceparent"): jobs and events carry it, and receivers may be told it. null: nothing is traced.
 */
export type TraceParent = string | null

/** Nothing secret: no headers, no payloads, URLs without query and user. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface Span {
  readonly traceParent: TraceParent
  name(name: string): void
  set(attributes: Attributes): void
  /** What it was about did not work; `message` is shown. */
  fail(message: string): void
  end(): void
}

export interface SpanOptions {
  kind?: 'server' | 'client' | 'internal'
  /** default: the active span; null: it begins a trace of its own */
  parent?: TraceParent
  /** spans of other traces that it has to do with */
  links?: readonly TraceParent[]
  attributes?: Attributes
  /** default: now */
  startedAt?: Date
}

export interface Tracing {
  /** Work that is only done for traces can be left out where nothing is traced. */
  readonly isOn: boolean
  active(): TraceParent
  start(name: string, options?: SpanOptions): Span
  /** The work's own spans, and those of what it calls, are below this one. */
  within<T>(span: Span, work: () => T): T
  /** Sends what has not been sent yet, as far as that takes no longer than a moment. */
  close(): Promise<void>
}

const NO_SPAN: Span = { traceParent: null, name: nothing, set: nothing, fail: nothing, end: nothing }

/** What is used unless a collector is named. */
export const noTracing: Tracing = {
  isOn: false,
  active: () => null,
  start: () => NO_SPAN,
  within: (_span, work) => work(),
  close: () => Promise.resolve(),
}

/** Does the work within a span that ends, or fails, with it. */
export async function traced<T>(
  tracing: Tracing,
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracing.start(name, options)
  try {
    return await tracing.within(span, () => work(span))
  } catch (error) {
    span.fail(error instanceof Error ? error.name : 'failed')
    throw error
  } finally {
    span.end()
  }
}

/**
 * For work that many traces share, as a batch does: below the one that it is for, or, if it is for several, a trace of
 * its own that is linked to them.
 */
export function shared(parents: readonly (TraceParent | undefined)[]): SpanOptions {
  const different = [...new Set(parents.filter((parent) => parent != null))]
  const [first = null] = different
  return different.length <= 1 ? { parent: first } : { parent: null, links: different }
}

/**
 * For a step of something that has a trace, by whatever way it came here: below the active span if that is of the same
 * trace, else below `trace` and linked to the active one.
 */
export function stepOf(trace: TraceParent, active: TraceParent): SpanOptions {
  if (trace === null || (active !== null && traceId(trace) === traceId(active))) return { parent: active }
  return { parent: trace, links: [active] }
}

function traceId(traceParent: string): string {
  return traceParent.split('-', 2)[1] ?? ''
}

function nothing(): void {
  // nothing is traced
}
