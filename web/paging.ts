import { toNext } from '../packages/client/src/address.ts'

interface PageQuery {
  limit?: string
  cursor?: string
}

interface PageAnswer<T> {
  data: T[] | null
  response: Response
}

export interface Page<T> {
  items: T[]
  /** Undefined on the last page. */
  next: string | undefined
}

// The largest page of most lists.
const limitMax = '200'
// A longer list is searched instead of read.
const pagesMax = 10

/** One page of a list. @throws ProblemError */
export async function readPage<T>(call: Promise<PageAnswer<T>>): Promise<Page<T>> {
  const { data, response } = await call
  const next = toNext(response)
  const cursor = next && new URL(next, location.href).searchParams.get('cursor')
  return { items: data ?? [], next: cursor ?? undefined }
}

/**
 * A whole list, up to ten pages.
 * @param limit the page size, if larger than 200
 * @throws ProblemError
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
