import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { does, reads } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

/** The caller's logins: `/api/logins`. */
export function ownLoginRoutes({ logins, readOrigin }: UsersService) {
  return new Elysia({ prefix: '/api/logins', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', ({ caller }) => logins.listOf(caller), {
      ...reads('LoginList', { listLogins: 'List your own logins, last used first' }),
      access: 'member',
    })
    .delete('', (c) => sendNothing(c, logins.endAll(c.caller, readOrigin(c))), {
      ...does({ logOutEverywhere: 'End all of your logins, including this one' }),
      access: 'member',
    })
    .delete('/:id', (c) => sendNothing(c, logins.endOne(c.params.id, c.caller, readOrigin(c))), {
      ...does({ endLogin: 'End one of your logins' }, 404),
      access: 'member',
      params: t.Object({ id: Id }),
    })
}
