import type { AddressParts } from './address.ts'
import type { KnownCode } from './codes.ts'
import type { components, paths } from './schema.ts'
import type { Streams } from './streams.ts'

// The types of the document, as a caller wants them.

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
export type Path = keyof paths

type OperationOf<M extends Method, P extends Path> = NonNullable<paths[P][M]>

/** The paths that answer to a method. */
export type PathOf<M extends Method> = {
  [P in Path]: [paths[P][M]] extends [undefined] ? never : P
}[Path]

type PathPart<O> = O extends { parameters: { path: infer Given } } ? { path: Given } : unknown
type QueryPart<O> = O extends { parameters: { query: infer Given } }
  ? { query: Given }
  : O extends { parameters: { query?: infer Given } }
    ? { query?: Given }
    : unknown
type JsonBody<Given> = { content: { 'application/json': Given } }
type BodyPart<O> = O extends { requestBody: JsonBody<infer Given> }
  ? { body: Given }
  : O extends { requestBody?: JsonBody<infer Given> }
    ? { body?: Given }
    : unknown

export interface Common {
  /** The `ETag` of what is changed: 412 when somebody else was first. */
  ifMatch?: string
  /** One of its own for each POST by default. Give yours to repeat it after a restart. */
  idempotencyKey?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

type GivenTo<O> = PathPart<O> & QueryPart<O> & BodyPart<O> & Common

/** What a request takes besides its path; left out where all of it may be. */
export type Given<M extends Method, P extends Path> =
  object extends GivenTo<OperationOf<M, P>>
    ? [given?: GivenTo<OperationOf<M, P>>]
    : [given: GivenTo<OperationOf<M, P>>]

type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } }
  ? Body
  : Response extends { content: Record<string, unknown> }
    ? string
    : undefined
type Successes<Responses> = {
  [S in keyof Responses & (200 | 201 | 204)]: JsonOf<Responses[S]>
}[keyof Responses & (200 | 201 | 204)]

/** What comes of it. */
export type Data<M extends Method, P extends Path> =
  OperationOf<M, P> extends { responses: infer Responses } ? Successes<Responses> : never

export interface Answer<T> {
  data: T
  /** For `ifMatch`. */
  etag: string | undefined
  /** Whether it is the stored response of an earlier request with the same key. */
  replayed: boolean
  headers: Headers
}

/** The paths of lists. */
export type ListPath = {
  [P in PathOf<'get'>]: Data<'get', P> extends readonly unknown[] ? P : never
}[PathOf<'get'>]

export type Item<P extends ListPath> = Data<'get', P> extends readonly (infer One)[] ? One : never

/** What any of them comes to at run time. */
export interface AnyGiven extends Common, AddressParts {
  body?: unknown
}

export type Schemas = components['schemas']

/** Those of this version, two of the client itself, or one of a later version. */
export type ProblemCode = KnownCode | 'unexpected_response' | 'unreachable' | (string & {})

/** What a refusal says (RFC 9457). `code` is stable: switch on it. */
export type Problem = Schemas['Problem'] & { code: ProblemCode }

/** Those that say more, by their code. */
export interface Problems {
  allocation_overlap: Schemas['OverlapProblem']
  book_exists: Schemas['BookExistsProblem']
  not_all_free: Schemas['BundleProblem'] | Schemas['BookingSeriesProblem']
  policy_refused: Schemas['PolicyProblem'] | Schemas['BookingSeriesPolicyProblem']
  resource_in_use: Schemas['ResourceInUseProblem']
}

/** The paths of streams. */
export type StreamPath = keyof Streams

type ToEvent<Sent> = Sent extends { event: infer Type; data: infer Data }
  ? {
      /** Such as `allocation.created`; `reset`: events are missing, reload everything. */
      type: Type
      data: Data
      /** Go on after it with `lastEventId`. */
      id: string | undefined
    }
  : never

/** An event of a stream. */
export type CampusEvent<P extends StreamPath = StreamPath> = ToEvent<Streams[P]>
