import { Type } from '@sinclair/typebox'
import type { Caller } from './access.ts'
import type { ResponseHeaders } from './host/document.ts'
import { hashText } from './hash-text.ts'
import { ProblemError } from './problem.ts'
import type { Reader, Store } from '@campus/store/store.ts'

const limitDefault = 50
const limitMax = 200

/** The query parameters of every list. Spread into a route's query schema. */
export const pageQuery = {
  // A string, as everything in a query: Elysia's own integers lose which parameter was out of
  // range.
  limit: Type.Optional(
    Type.String({
      pattern: '^(200|1\\d\\d|[1-9]\\d?)$',
      description: `Page size, 1 to ${limitMax}; ${limitDefault} when left out`,
      'x-shown': {
        type: 'integer',
        minimum: 1,
        maximum: limitMax,
        default: limitDefault,
        description: 'Page size',
      },
    }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 1000, description: 'From the `next` link of a page' }),
  ),
}

export interface PageQuery {
  limit?: string | undefined
  cursor?: string | undefined
}

export interface Page<T> {
  items: T[]
  /** The position where the next page starts. Undefined on the last page. */
  next: string | undefined
}

/** How many rows to read: one more than the page, to know whether there are more. */
export function rowsToAsk(query: PageQuery): number {
  return readLimit(query) + 1
}

/**
 * Whether a page is longer than the default. Read it with `store.scan`, so that a user with many
 * such requests waits for their own, and nobody else does.
 */
export function isLongPage(query: PageQuery): boolean {
  return readLimit(query) > limitDefault
}

/**
 * Where a page is read: a search or a long page as a scan; see `isLongPage`.
 * @param caller whose scan it is
 */
export function pageReader(
  store: Reader & Pick<Store, 'scan'>,
  query: PageQuery & { q?: string | undefined },
  caller: Pick<Caller, 'id'>,
): Reader {
  return query.q || isLongPage(query) ? store.scan(caller.id) : store
}

/** Removes the extra row and, if there was one, makes the cursor from the last row that stays. */
export function toPage<T>(rows: T[], query: PageQuery, position: (last: T) => unknown): Page<T> {
  const limit = readLimit(query)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  const next = more ? Buffer.from(JSON.stringify(position(last))).toString('base64url') : undefined
  return { items, next }
}

/**
 * Reads the position a cursor names.
 * @param isPosition whether the decoded value has the form that the list expects
 * @throws 400 when the cursor was not made by us
 */
export function readCursor<T>(
  query: PageQuery,
  isPosition: (value: unknown) => value is T,
): T | undefined {
  if (query.cursor === undefined) return undefined
  try {
    const text = Buffer.from(query.cursor, 'base64url').toString()
    const value: unknown = JSON.parse(text, requireStorable)
    if (isPosition(value)) return value
  } catch {
    // falls through to the same error for every bad cursor
  }
  throw invalidCursor()
}

interface ListRequest {
  request: Request
  query: Record<string, unknown>
}

/**
 * Checks that a cursor is used where it was issued: same list, same filters, same order. Leaves the
 * position in `query.cursor`, for `readCursor`.
 * @throws 400 when it is of another list
 */
export function openCursor({ request, query }: ListRequest): void {
  const { cursor } = query
  if (typeof cursor !== 'string') return
  const [list, position, ...more] = cursor.split('.')
  if (more.length > 0 || list !== nameList(new URL(request.url))) throw invalidCursor()
  query['cursor'] = position
}

// Everything that determines the rows and their order.
function nameList({ pathname, searchParams }: URL): string {
  const filters = new URLSearchParams(searchParams)
  for (const name of ['cursor', 'limit']) filters.delete(name)
  filters.sort()
  return hashText(`${pathname}?${filters.toString()}`).toString(36)
}

function invalidCursor(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'cursor_invalid',
    detail:
      'The cursor is not of this list with these filters. Take the `next` link of a page as it is.',
  })
}

/** For the document: what a page says of the next one. */
export const linkHeader: ResponseHeaders = {
  link: {
    description: 'The next page (RFC 8288, `rel="next"`); absent on the last one',
    schema: { type: 'string' },
  },
}

// No stored text has a NUL, and PostgreSQL rejects one even in a query.
function requireStorable(_: string, value: unknown): unknown {
  if (typeof value === 'string' && value.includes('\0')) throw new TypeError('NUL')
  return value
}

/** The `Link` header of a page (RFC 8288): the same request, from the next cursor on. */
export function nextLink(request: Request, next: string): string {
  const url = new URL(request.url)
  url.searchParams.set('cursor', `${nameList(url)}.${next}`)
  return `<${url.pathname}${url.search}>; rel="next"`
}

/** Reads the cursor of the next page from a `Link` that `nextLink` wrote. */
export function readNextCursor({ headers }: Pick<Response, 'headers'>): string | undefined {
  const next = /[?&]cursor=([^&>]+)/.exec(headers.get('link') ?? '')?.[1]
  return next && decodeURIComponent(next)
}

/** The most items of a page. */
export function readLimit({ limit }: PageQuery): number {
  return limit === undefined ? limitDefault : Number(limit)
}
