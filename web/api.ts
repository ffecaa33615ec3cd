import type { treaty } from '@elysia/eden'
import type { AnyElysia } from 'elysia'
import { toAddress } from '../packages/client/src/address.ts'
import type { BookingsApi } from '../services/bookings/index.ts'
import type { BooksApi } from '../services/books/index.ts'
import type { CoursesApi } from '../services/courses/index.ts'
import type { FilesApi } from '../services/files/index.ts'
import type { InventoryApi } from '../services/inventory/index.ts'
import type { NotificationsApi } from '../services/notifications/index.ts'
import type { RatingsApi } from '../services/ratings/index.ts'
import type { UsersApi } from '../services/users/index.ts'
import { parseExact } from '../shared/exact-json.ts'
import { campus } from './campus.ts'

type Routes<Api extends AnyElysia> = ReturnType<typeof treaty<Api>>['api']
type Parse = (text: string) => unknown

interface CallOptions {
  query?: Record<string, unknown>
  headers?: Record<string, string>
}

/** Routes as calls: `routes.cars({ id }).get()`. Their types are Eden's; the client sends them. */
function routesOf<Api extends AnyElysia>(parse: Parse = JSON.parse, path = '/api'): Routes<Api> {
  const send = async (method: string, body: unknown, { query = {}, headers }: CallOptions = {}) => {
    const address = toAddress(path, { query })
    const response = await campus.request(method.toUpperCase(), address, { body, headers })
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    const text = await response.text()
    return { data: isJson ? parse(text) : text, error: null, response }
  }
  const below = (part: string) => routesOf(parse, `${path}/${encodeURIComponent(part)}`)
  return new Proxy(() => {}, {
    get: (_, name: string) => {
      if (name === 'get') return (options?: CallOptions) => send(name, undefined, options)
      const isVerb = /^(?:post|put|patch|delete)$/.test(name)
      return isVerb ? (body: unknown, rest?: CallOptions) => send(name, body, rest) : below(name)
    },
    apply: (_, __, [given]: [Record<string, string>]) => below(String(Object.values(given)[0])),
  }) as unknown as Routes<Api>
}

/** The services, each typed by its own routes. Refusals are thrown. */
export const api = {
  bookings: routesOf<BookingsApi>(),
  books: routesOf<BooksApi>(),
  // Keeps the digits of numbers that an administrator edits.
  courses: routesOf<CoursesApi>(parseExact),
  files: routesOf<FilesApi>(),
  inventory: routesOf<InventoryApi>(),
  notifications: routesOf<NotificationsApi>(),
  ratings: routesOf<RatingsApi>(),
  users: routesOf<UsersApi>(),
}

/** The data of a response. @throws ProblemError */
export async function ask<T>(call: Promise<{ data: T | null }>): Promise<T> {
  return (await call).data as T
}
