import type {
  Book,
  BookWithRatings,
  ImportReport,
  NewBook,
  NewShelf,
  Shelf,
} from '../../shared/schemas/book.ts'
import type { Rating } from '../../shared/schemas/rating.ts'
import { ProblemError, requireOk, unreachable } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { readPage, type Page } from '../paging.ts'
import { repeatable } from '../repeat-key.ts'
import type { Tagged } from '../ui/edit.tsx'
import { campus } from '../campus.ts'

/** The form of a date that may be a year or a month only, for a field. */
export const datePattern = '\\d{4}(-\\d{2}(-\\d{2})?)?'

export const shelves = ['want', 'reading', 'read'] as const
export const sorts = ['title', 'author', 'release_date', 'rating'] as const
export type Sort = (typeof sorts)[number]

export interface Wanted {
  q: string
  sort: Sort
  shelf: Shelf | undefined
}

export function listBooks({ q, sort, shelf }: Wanted, cursor?: string): Promise<Page<Book>> {
  const query = { sort, ...(q && { q }), ...(shelf && { shelf }), ...(cursor && { cursor }) }
  return readPage(api.books.books.get({ query }))
}

export function readBook(id: string): Promise<BookWithRatings> {
  return ask(api.books.books({ id }).get())
}

export function addBook(book: NewBook, keyed: Tagged): Promise<Book> {
  return ask(api.books.books.post(book, keyed))
}

export const readBookTagged = (id: number) => api.books.books({ id }).get()

export function changeBook(id: number, book: NewBook, tagged: Tagged): Promise<Book> {
  return ask(api.books.books({ id }).put(book, tagged))
}

export async function removeBook(id: number): Promise<void> {
  await ask(api.books.books({ id }).delete())
}

/** @param wanted undefined removes it */
export async function shelve(id: number, wanted: NewShelf | undefined): Promise<void> {
  const routes = api.books.books({ id }).shelf
  await (wanted ? ask(routes.put(wanted)) : ask(routes.delete()))
}

/** @returns undefined if the user has not rated it */
export async function readOwnRating(id: string): Promise<Rating | undefined> {
  try {
    return await ask(api.ratings.ratings({ book_id: id }).mine.get())
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return undefined
    throw error
  }
}

/** @param before the user's previous rating */
export async function rate(id: number, value: number, before: Rating | undefined): Promise<void> {
  if (before) await ask(api.ratings.ratings({ book_id: id }).mine.put({ value }))
  else await ask(api.books.books({ id }).ratings.post({ value }, repeatable()))
}

export async function withdrawRating(id: number): Promise<void> {
  await ask(api.ratings.ratings({ book_id: id }).mine.delete())
}

/**
 * Sends a file of books. Not by `fetch`, which does not report upload progress.
 * @param progress gets the part sent, 0 to 1
 */
export async function importBooks(
  file: File,
  progress: (part: number) => void,
): Promise<ImportReport> {
  const token = await campus.session.token()
  const request = new XMLHttpRequest()
  const isJson = file.name.toLowerCase().endsWith('.json')
  request.open('POST', '/api/books/import')
  request.setRequestHeader('authorization', `Bearer ${token ?? ''}`)
  request.setRequestHeader('content-type', isJson ? 'application/json' : 'text/csv')
  request.upload.addEventListener('progress', ({ loaded, total }) => progress(loaded / total))
  const sent = new Promise<Response>((resolve, reject) => {
    request.addEventListener('load', () => {
      resolve(new Response(request.responseText, { status: request.status }))
    })
    request.addEventListener('error', (event) => reject(unreachable(event)))
  })
  request.send(file)
  return (await (await requireOk(await sent)).json()) as ImportReport
}
