import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

/** A user's own logins: `/api/logins`. */
export function ownLoginRoutes({ logins, readOrigin }: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/api/logins', ({ caller }) => logins.listOf(caller), {
      access: 'member',
      response: { 200: 'LoginList' },
      detail: { operationId: 'listLogins', summary: 'Your own logins, the last used first' },
    })
    .delete(
      '/api/logins',
      async (context) => {
        await logins.endAll(context.caller, readOrigin(context))
        return sendNothing(context)
      },
      {
        access: 'member',
        detail: {
          operationId: 'logOutEverywhere',
          summary: 'End all of your logins, this one too',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
    .delete(
      '/api/logins/:id',
      async (context) => {
        await logins.endOne(context.params.id, context.caller, readOrigin(context))
        return sendNothing(context)
      },
      {
        access: 'member',
        params: t.Object({ id: Id }),
        response: { 404: 'Problem' },
        detail: {
          operationId: 'endLogin',
          summary: 'End one of your logins',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
