import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { bookRoutes } from './book-routes.ts'
import { listRoutes } from './list-routes.ts'
import { readerRoutes } from './reader-routes.ts'
import { booksService } from './service.ts'
import { transferRoutes } from './transfer-routes.ts'

/** The reading list. */
export function books(context: Context) {
  const service = booksService(context)
  return new Elysia({ name: 'books', normalize: false })
    .use(access)
    .use(listRoutes(service))
    .use(transferRoutes(service))
    .use(bookRoutes(service))
    .use(readerRoutes(service))
}

export type BooksApi = ReturnType<typeof books>
