import type { Trace } from '@campus/store/trace.ts'

/** The outcome of a request. */
export interface TracedAnswer {
  method: string
  /** The route's pattern, never the path. */
  route: string
  status: number
}

/** Follows requests through processes: W3C Trace Context in, spans out. */
export interface Tracing {
  /**
   * Begins the span of a request, and runs the request within it.
   * @param isOurs whether one of our processes sent it; only then is its sampling decision
   *   followed, else outsiders could have all their requests recorded
   */
  follow: <Answer>(request: Request, isOurs: () => boolean, run: () => Answer) => Answer
  /** Ends the span. */
  end: (request: Request, answer: TracedAnswer) => void
  /** The id of the trace a request is in; undefined when it is not recorded. */
  idOf: (request: Request) => string | undefined
  span: Trace
  /** The span of a statement of a database, named by its text. */
  statement: Trace
  /** Propagates the trace to the callee: `traceparent`, where there is one. */
  headers: () => Record<string, string>
  /** Flushes pending spans. */
  close: () => Promise<void>
}
