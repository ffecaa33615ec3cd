import type { Trace } from '../store/trace.ts'

/** What came of a request. */
export interface TracedAnswer {
  method: string
  /** The route's pattern, never the path. */
  route: string
  status: number
}

/** Follows requests through processes: W3C Trace Context in, spans out. */
export interface Tracing {
  /**
   * Begins the span of a request; all that comes of it runs within.
   * @param isOurs whether one of ours sent it, who decides if it is recorded; a stranger's word
   *   on that would have all that he sends recorded
   */
  follow: <Answer>(request: Request, isOurs: () => boolean, run: () => Answer) => Answer
  /** Ends it. */
  end: (request: Request, answer: TracedAnswer) => void
  /** The id of the trace a request is in; undefined when it is not recorded. */
  idOf: (request: Request) => string | undefined
  span: Trace
  /** The same for a statement of a database, named by its text. */
  statement: Trace
  /** Hands the trace to whoever is called: `traceparent`, where there is one. */
  headers: () => Record<string, string>
  /** Sends what is left. */
  close: () => Promise<void>
}
