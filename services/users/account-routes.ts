import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { AccountRemoval } from '../../shared/schemas/user.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

const params = t.Object({ id: Id })

/** Accounts: `/api/users`. */
export function accountRoutes({ accounts }: UsersService) {
  return new Elysia({ prefix: '/api/users', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/ping', () => ({ status: 'success', message: 'pong!' }), {
      access: 'public',
      response: { 200: 'Pong' },
      detail: { operationId: 'pingUsers', summary: 'Is anybody there?' },
    })
    .post(
      '',
      async (context) => {
        const { body, headers, caller, path } = context
        // Not even the hash of a password is kept with the key of a repeat.
        const { password: _, ...content } = body
        const repeat = readRepeatKey({ headers, caller, path, body: content })
        return sendCreated(context, await accounts.create(body, 'member', repeat))
      },
      {
        access: 'public',
        body: 'NewUser',
        response: { 201: 'User', 409: 'Problem' },
        detail: { operationId: 'signUp', summary: 'Make an account of your own' },
      },
    )
    .get('', async (context) => sendPage(context, await accounts.list(context.query)), {
      access: 'admin',
      query: t.Object({
        ...pageQuery,
        q: t.Optional(text(100, 0, 'Part of a name or address')),
      }),
      response: { 200: 'UserList', 400: 'Problem' },
      detail: { operationId: 'listUsers', summary: 'All accounts, by username' },
    })
    .get('/me', async (context) => sendVersioned(context, await accounts.get(context.caller.id)), {
      access: 'member',
      response: { 200: 'User', 404: 'Problem' },
      detail: { operationId: 'getMe', summary: 'Your own account' },
    })
}

/** One account: `/api/users/{id}`. */
export function oneAccountRoutes({ accounts, readOrigin }: UsersService) {
  return new Elysia({ prefix: '/api/users', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/:id', async (context) => sendVersioned(context, await accounts.get(context.params.id)), {
      access: 'self',
      params,
      response: { 200: 'User', 404: 'Problem' },
      detail: { operationId: 'getUser', summary: 'One account' },
    })
    .patch(
      '/:id',
      async (context) => {
        const { params, body, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        const change = { ...params, body, caller, accepted, origin: readOrigin(context) }
        return sendVersioned(context, await accounts.change(change))
      },
      {
        access: 'self',
        params,
        body: 'UserChange',
        response: { 200: 'User', 404: 'Problem', 409: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'changeUser',
          summary: 'Rename, change address, password or role',
          description:
            'A new password or address of your own needs `current_password`. A new password ' +
            'ends all other logins; a new role or address ends all of them.',
        },
      },
    )
    .delete(
      '/:id',
      async (context) => {
        const { params, caller, headers } = context
        const body = context.body ?? undefined
        const accepted = readIfMatch(headers['if-match'])
        const origin = readOrigin(context)
        await accounts.remove({ ...params, body, caller, accepted, origin })
        return sendNothing(context)
      },
      {
        access: 'self',
        params,
        body: t.Optional(AccountRemoval),
        response: { 404: 'Problem', 409: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'removeUser',
          summary: 'Remove an account and end its logins',
          description: 'Your own needs `current_password`.',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
