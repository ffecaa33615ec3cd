/**
 * The conventions of a route, one word among its options. Each word sets the route's statuses, its
 * operation id and summary in the document and, through `x-convention`, the headers of the
 * convention. Handlers keep it with `readCreation`, `readChange` and the `send…` functions.
 */
import type { Parameter, ResponseHeaders } from './host/document.ts'
import { idempotencyKeyParameter } from './idempotency.ts'
import { sendList } from './list-answer.ts'
import { linkHeader, openCursor } from './page.ts'
import {
  attachmentHeaders,
  createdHeaders,
  createdTogetherHeaders,
  createdVersionHeaders,
  replayedHeader,
} from './answer.ts'
import { etagHeader, ifNoneMatchParameter } from './version.ts'

/**
 * An operation id and its summary, `{ getCar: 'Get a car' }`; or with a description, `{ signUp:
 * ['Create an account', 'Common passwords are refused.'] }`.
 */
type Operation = Record<string, string | readonly [summary: string, description: string]>

type Refusal = 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 422 | 429 | 507

/** A status, or one with the model of its problem: `{ 409: 'OverlapProblem' }`. */
type Refused = Refusal | { readonly [status in Refusal]?: string }

type Problems<Refusals extends readonly Refused[]> = {
  [status in Extract<Refusals[number], number>]: 'Problem'
} & ([Exclude<Refusals[number], number>] extends [never]
  ? unknown
  : Exclude<Refusals[number], number>)

type Responses<Status extends number, Model extends string, Refusals extends readonly Refused[]> = {
  [status in Status]: Model
} & Problems<Refusals>

/** 201 with what was created and its `Location`; safe to retry with `Idempotency-Key`. */
export const creates = convention('creates', 201)

/** As `creates`, with the `ETag` of what was made. */
export const createsVersion = convention('createsVersion', 201)

/**
 * 201 with what was created and its `Location`. No `Idempotency-Key`: a response with a secret is
 * not stored.
 */
export const createsAnew = convention('createsAnew', 201)

/** As `createsAnew`, with the `ETag` of what was made. */
export const createsAnewVersion = convention('createsAnewVersion', 201)

/** 201 with several things created together; safe to retry with `Idempotency-Key`. */
export const createsTogether = convention('createsTogether', 201)

/** 200 with the thing. */
export const reads = convention('reads', 200)

/** 200 with the result. */
export const answers = reads

/**
 * 200 with one thing and its `ETag`, 304 when the client has it already, 404 when there is none.
 */
export const readsVersion = convention('readsVersion', 200, 404)

/** 200 with the changed thing and its new `ETag`; 412 when `If-Match` names another version. */
export const changes = convention('changes', 200, 404, 412)

/** As `changes`, for a change made once: safe to retry with `Idempotency-Key`. */
export const changesOnce = convention('changesOnce', 200, 404, 412)

/**
 * 200 with a page of a list, a weak `ETag` and the `Link` to the next one; 304 if it is unchanged;
 * 400 for the cursor of another list.
 */
export function lists<const Model extends string, const Refusals extends readonly Refused[]>(
  model: Model,
  operation: Operation,
  ...refused: Refusals
) {
  const hooks = { beforeHandle: openCursor, mapResponse: sendList }
  return { ...listsOnly(model, operation, ...refused), ...hooks }
}

/** 200 with text of a media type other than JSON. */
export function sends<const Refusals extends readonly Refused[]>(
  type: string,
  operation: Operation,
  ...refused: Refusals
) {
  const text = { description: 'OK', content: { [type]: { schema: { type: 'string' as const } } } }
  const { detail } = describe('sends', operation)
  return { response: toProblems(refused), detail: { ...detail, responses: { 200: text } } }
}

/** 200 with text of a media type other than JSON, to be saved as a file. */
export function sendsFile<const Refusals extends readonly Refused[]>(
  type: string,
  operation: Operation,
  ...refused: Refusals
) {
  const { response, detail } = sends(type, operation, ...refused)
  return { response, detail: { ...detail, ...describe('sendsFile', operation).detail } }
}

/** 200 with server-sent events, each as the model has it (WHATWG HTML, section 9.2). */
export function follows(model: string, operation: Operation) {
  const schema = { type: 'string' as const }
  // What OpenAPI 3.2 calls `itemSchema`.
  const events = { schema, 'x-itemSchema': { $ref: `#/components/schemas/${model}` } }
  const text = { description: 'OK', content: { 'text/event-stream': events } }
  const { detail } = describe('follows', operation)
  return { response: {}, detail: { ...detail, responses: { 200: text } } }
}

/** 204; 412 when `If-Match` names another version. */
export function removes<const Refusals extends readonly Refused[]>(
  operation: Operation,
  ...refused: Refusals
) {
  const response = toProblems([404, 412, ...refused])
  return { response, ...describe('does', operation) }
}

/** 204. With 412 among its refusals it takes `If-Match`. */
export function does<const Refusals extends readonly Refused[]>(
  operation: Operation,
  ...refused: Refusals
) {
  return { response: toProblems(refused), ...describe('does', operation) }
}

/** What a convention adds to the document of its route. */
export interface Convention {
  parameters?: Parameter[]
  headers?: ResponseHeaders
}

/** By the value of `x-convention`. */
export const conventions = {
  creates: { parameters: [idempotencyKeyParameter], headers: createdHeaders },
  createsVersion: { parameters: [idempotencyKeyParameter], headers: createdVersionHeaders },
  createsAnew: { headers: { location: createdHeaders.location } },
  createsAnewVersion: { headers: { location: createdHeaders.location, ...etagHeader } },
  createsTogether: { parameters: [idempotencyKeyParameter], headers: createdTogetherHeaders },
  reads: {},
  readsVersion: { parameters: [ifNoneMatchParameter], headers: etagHeader },
  lists: { parameters: [ifNoneMatchParameter], headers: { ...linkHeader, ...etagHeader } },
  changes: { headers: etagHeader },
  changesOnce: {
    parameters: [idempotencyKeyParameter],
    headers: { ...etagHeader, ...replayedHeader() },
  },
  sends: {},
  sendsFile: { headers: attachmentHeaders },
  follows: {},
  does: {},
} satisfies Record<string, Convention>

const listsOnly = convention('lists', 200, 400)

/** One model as the answer; refuses as all of its kind do, and for reasons of its own. */
function convention<const Status extends number, const Always extends readonly Refused[]>(
  name: keyof typeof conventions,
  status: Status,
  ...always: Always
) {
  return <const Model extends string, const Refusals extends readonly Refused[]>(
    model: Model,
    operation: Operation,
    ...refused: Refusals
  ) => {
    const refusals: [...Always, ...Refusals] = [...always, ...refused]
    return { response: toResponses(status, model, refusals), ...describe(name, operation) }
  }
}

function describe(name: keyof typeof conventions, operation: Operation) {
  const [[operationId, said] = ['', '']] = Object.entries(operation)
  const [summary, description] = typeof said === 'string' ? [said] : said
  return {
    detail: { operationId, summary, ...(description && { description }), 'x-convention': name },
  }
}

function toResponses<
  Status extends number,
  Model extends string,
  Refusals extends readonly Refused[],
>(status: Status, model: Model, refused: Refusals): Responses<Status, Model, Refusals> {
  return { [status]: model, ...toProblems(refused) } as Responses<Status, Model, Refusals>
}

function toProblems<Refusals extends readonly Refused[]>(refused: Refusals): Problems<Refusals> {
  const problems = refused.map((refusal) =>
    typeof refusal === 'number' ? { [refusal]: 'Problem' } : refusal,
  )
  return Object.assign({}, ...problems) as Problems<Refusals>
}
