import { nextLink, type Page } from './page.ts'

/** A thing just made, or, when the request was a repeat, what was answered the first time. */
export interface Created<T> {
  value: T
  replayed: boolean
}

/** A thing and the entity tag of the version that was read. */
export interface Versioned<T> {
  value: T
  etag: string
}

interface Answer {
  path: string
  request: Request
  set: { status?: number | string; headers: Record<string, string | number> }
}

/** Answers 201 with `Location`, and says so when the answer is a repeat. */
export function sendCreated<T extends { id: string | number }>(
  { path, set }: Answer,
  { value, replayed }: Created<T>,
): T {
  set.status = 201
  set.headers['location'] = `${path.replace(/\/$/, '')}/${value.id}`
  if (replayed) set.headers['idempotent-replayed'] = 'true'
  return value
}

/** Answers with the thing and its `ETag`. */
export function sendVersioned<T>({ set }: Answer, { value, etag }: Versioned<T>): T {
  set.headers['etag'] = etag
  return value
}

/** Answers with a page and the `Link` to the next one. */
export function sendPage<T>({ request, set }: Answer, { items, next }: Page<T>): T[] {
  if (next) set.headers['link'] = nextLink(request, next)
  return items
}

/** Answers 204. */
export function sendNothing({ set }: Answer): void {
  set.status = 204
}
