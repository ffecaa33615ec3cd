import { treaty } from '@elysia/eden'
import type { BookingsApi } from '../services/bookings/index.ts'
import type { BooksApi } from '../services/books/index.ts'
import type { CoursesApi } from '../services/courses/index.ts'
import type { FilesApi } from '../services/files/index.ts'
import type { InventoryApi } from '../services/inventory/index.ts'
import type { NotificationsApi } from '../services/notifications/index.ts'
import type { RatingsApi } from '../services/ratings/index.ts'
import type { UsersApi } from '../services/users/index.ts'
import { parseExact } from '../shared/exact-json.ts'
import type { Problem } from '../shared/schemas/problem.ts'
import { authorizedFetch } from './session/token.ts'

// Eden wants the type of `fetch` itself, of which Bun's has a part that no browser has.
const options = { parseDate: false, fetcher: authorizedFetch as typeof fetch }

// What an administrator edits goes back in the digits in which it came.
const readExactly = async (response: Response) =>
  response.ok && response.headers.get('content-type')?.startsWith('application/json')
    ? parseExact(await response.text())
    : undefined

/** The services, each with the types of its own routes. */
export const api = {
  bookings: treaty<BookingsApi>(location.origin, options).api,
  books: treaty<BooksApi>(location.origin, options).api,
  courses: treaty<CoursesApi>(location.origin, { ...options, onResponse: readExactly }).api,
  files: treaty<FilesApi>(location.origin, options).api,
  inventory: treaty<InventoryApi>(location.origin, options).api,
  notifications: treaty<NotificationsApi>(location.origin, options).api,
  ratings: treaty<RatingsApi>(location.origin, options).api,
  users: treaty<UsersApi>(location.origin, options).api,
}

/** What the server says is wrong, in its own words. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.problem = problem
  }

  /** The detail that belongs to one field of the body. */
  fieldDetail(name: string): string | undefined {
    return this.problem.errors?.find(({ pointer }) => pointer === `#/${name}`)?.detail
  }
}

interface Answer<T> {
  data: T | null
  error: { status: unknown; value: unknown } | null
}

/**
 * The data of an answer.
 * @throws ApiError with the server's problem, or one of ours when it could not be reached
 */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error } = await call
  if (error) throw new ApiError(toProblem(error.value, Number(error.status)))
  return data as T
}

/** The same for a plain `fetch`, for what Eden does not speak: streams and blobs. */
export async function requireOk(response: Response): Promise<Response> {
  if (response.ok) return response
  throw new ApiError(toProblem(await response.text(), response.status))
}

export function toProblem(value: unknown, status: number): Problem {
  const body = typeof value === 'string' ? parse(value) : value
  if (typeof body === 'object' && body !== null && 'code' in body) return body as Problem
  const offline = value instanceof Error
  return {
    type: 'about:blank',
    title: offline ? 'Unreachable' : 'Unexpected answer',
    status,
    code: offline ? 'unreachable' : 'unexpected_answer',
    detail: '',
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
