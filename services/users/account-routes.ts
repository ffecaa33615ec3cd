import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendCreated, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { toClientNetwork } from '../../shared/host/client-address.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import type { Origin } from '../../shared/host/security-log.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

const params = t.Object({ id: Id })

// Strangers are no one caller: the key of one must neither be in another's way nor tell of them.
function tellApart(caller: Caller, { address }: Origin): Caller {
  if (caller.role !== 'anyone') return caller
  return { ...caller, id: `${caller.id} ${address && toClientNetwork(address)}`.trimEnd() }
}

/** Accounts: `/api/users`. */
export function accountRoutes({ accounts, signUp, readOrigin }: UsersService) {
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
        const { body, headers, path } = context
        const origin = readOrigin(context)
        const caller = tellApart(context.caller, origin)
        // Not even the hash of a password is kept with the key of a repeat.
        const { password: _, ...content } = body
        const repeat = readRepeatKey({ headers, caller, path, body: content })
        return sendCreated(context, await signUp.signUp({ body, caller, origin, repeat }))
      },
      {
        access: 'anyone',
        body: 'NewUser',
        response: { 201: 'User', 403: 'Problem', 409: 'Problem' },
        detail: {
          operationId: 'signUp',
          summary: 'Make an account',
          description:
            'Where sign-up is closed only administrators may. Common passwords are refused, and ' +
            'those that are little else than the name or the address.',
        },
      },
    )
    .get('/sign_up', () => ({ open: signUp.isOpen }), {
      access: 'public',
      response: { 200: 'SignUp' },
      detail: { operationId: 'getSignUp', summary: 'Whether anyone may make an account' },
    })
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
        body: 'AccountRemoval',
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
