import { ApiError, toProblem } from './api.ts'

interface PageQuery {
  limit?: string
  cursor?: string
}

interface PageAnswer<T> {
  data: T[] | null
  error: { status: unknown; value: unknown } | null
  response: Response
}

export interface Page<T> {
  items: T[]
  /** Undefined on the last page. */
  next: string | undefined
}

// The largest page of most lists.
const limitMax = '200'
// A list longer than this is no longer looked at but searched.
const pagesMax = 10

/** One page of a list. @throws ApiError */
export async function readPage<T>(call: Promise<PageAnswer<T>>): Promise<Page<T>> {
  const { data, error, response } = await call
  if (error) throw new ApiError(toProblem(error.value, Number(error.status)))
  return { items: data ?? [], next: nextCursor(response.headers.get('link')) }
}

/**
 * A whole list, up to ten pages of it.
 * @param limit how much a page may have, where that is more than 200
 * @throws ApiError
 */
export async function readAll<T>(
  load: (page: PageQuery) => Promise<PageAnswer<T>>,
  limit = limitMax,
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  for (let count = 0; count < pagesMax; count++) {
    const page = await readPage(load(cursor ? { limit, cursor } : { limit }))
    items.push(...page.items)
    cursor = page.next
    if (!cursor) break
  }
  return items
}

/** From `<…?cursor=…>; rel="next"` (RFC 8288). */
function nextCursor(link: string | null): string | undefined {
  const target = /<([^>]*)>;\s*rel="next"/.exec(link ?? '')?.[1]
  return target && (new URL(target, location.href).searchParams.get('cursor') ?? undefined)
}
