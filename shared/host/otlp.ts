import { randomUUID } from 'node:crypto'
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { withDeadline } from '../deadline.ts'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tracing } from './tracing.ts'

export interface OtlpOptions {
  /** The OTLP/HTTP endpoint of a collector, without a path. */
  endpoint: string
  /** The share of traces to record, unless one of our processes has decided already. */
  ratio: number
  /** Names this process. */
  service: string
}

// Spans are buffered this long and this many; more are dropped, never waited for.
const exportEvery_ms = 2000
const spansMax = 8192
const exportMax_ms = 2000

/**
 * Sends spans by OTLP/HTTP. Host and store are instrumented by hand: patching every module costs
 * most of the throughput.
 */
export function createTracing({ endpoint, ratio, service }: OtlpOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    timeoutMillis: exportMax_ms,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: spansMax,
        scheduledDelayMillis: exportEvery_ms,
        exportTimeoutMillis: exportMax_ms,
      }),
    ],
  })
  const tracer = provider.getTracer('campus')
  const current = new AsyncLocalStorage<Span>()
  const spans = new WeakMap<Request, Span>()

  // Unsampled traces return early.
  function startSpan(name: string): Span | undefined {
    const parent = current.getStore()
    if (!parent?.isRecording()) return undefined
    const within = trace.setSpan(ROOT_CONTEXT, parent)
    return tracer.startSpan(name, { kind: SpanKind.CLIENT }, within)
  }

  async function runWithin<T>(span: Span, run: () => Promise<T>): Promise<T> {
    try {
      return await current.run(span, run)
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  }

  return {
    follow: (request, isOurs, run) => {
      const parent = readParent(request.headers.get('traceparent'))
      // Decided before a span exists: nine in ten requests then cost next to nothing.
      const isRecorded =
        parent && isOurs() ? parent.traceFlags === TraceFlags.SAMPLED : Math.random() < ratio
      if (!isRecorded) return current.run(trace.wrapSpanContext(unrecorded(parent)), run)
      const recorded = parent && { ...parent, traceFlags: TraceFlags.SAMPLED }
      const context = recorded ? trace.setSpanContext(ROOT_CONTEXT, recorded) : ROOT_CONTEXT
      const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, context)
      spans.set(request, span)
      return current.run(span, run)
    },
    end: (request, { method, route, status }) => {
      const span = spans.get(request)
      if (!span?.isRecording()) return
      // The names of OpenTelemetry's semantic conventions for HTTP.
      span.updateName(`${method} ${route}`)
      span.setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      })
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
    idOf: (request) => spans.get(request)?.spanContext().traceId,
    span: async (name, run) => {
      const span = startSpan(name)
      return span ? runWithin(span, run) : run()
    },
    statement: async (text, run) => {
      const span = startSpan('statement')
      if (!span) return run()
      span.updateName(summarize(text))
      span.setAttribute('db.query.text', text.slice(0, statementMax))
      return runWithin(span, run)
    },
    headers: () => {
      const span = current.getStore()
      return span ? { traceparent: toTraceparent(span) } : {}
    },
    close: async () => {
      // An unavailable collector must not delay the end of a process.
      await withDeadline(
        provider.shutdown().catch(() => {}),
        exportMax_ms,
        () => {},
      )
    },
  }
}

// Longer statements are truncated.
const statementMax = 2000

/** `insert allocations`: the operation and the table. */
function summarize(text: string): string {
  const words = /\b(?:insert\s+into|delete\s+from|update|from)\s+"?(\w+)/i.exec(text)
  const [verb = 'statement'] = /\b(?:insert|delete|update|select)\b/i.exec(text) ?? []
  return `${verb.toLowerCase()} ${words?.[1] ?? ''}`.trimEnd()
}

// W3C Trace Context, section 3.2: version, trace, parent, flags. A later version may have more.
const traceparent =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})/

function readParent(header: string | null): SpanContext | undefined {
  if (header === null) return undefined
  const [, traceId, spanId, flags = '00'] = traceparent.exec(header) ?? []
  if (traceId === undefined || spanId === undefined) return undefined
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  return { traceId, spanId, traceFlags, isRemote: true }
}

// An unsampled trace, so that callees do not start one either.
function unrecorded(parent: SpanContext | undefined): SpanContext {
  if (parent) return { ...parent, traceFlags: TraceFlags.NONE }
  const id = randomUUID().replaceAll('-', '')
  return { traceId: id, spanId: id.slice(16), traceFlags: TraceFlags.NONE }
}

function toTraceparent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`
}
