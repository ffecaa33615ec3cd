import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendPage } from '../../shared/answer.ts'
import { pageQuery } from '../../shared/page.ts'
import { lists } from '../../shared/convention.ts'
import { DirectoryIds } from '../../shared/schemas/directory.ts'
import { text } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

const query = t.Object({
  ...pageQuery,
  q: t.Optional(text(100, 0, 'Words, each somewhere in the name; case and accents do not matter')),
  ids: t.Optional(DirectoryIds),
})

/** The directory of people: `/api/directory`. */
export function directoryRoutes({ directory }: UsersService) {
  return new Elysia({ prefix: '/api/directory', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, directory(c.query, c.caller)), {
      ...lists('Directory', {
        listDirectory: ['Find people by name, or names by id', whatItTells],
      }),
      access: 'member',
      query,
    })
}

const whatItTells =
  'Returns names and ids only. A removed account has the name null; unknown ids are omitted.'
