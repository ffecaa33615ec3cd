import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readChange } from '../../shared/version.ts'
import type { Origin } from '../../shared/host/security-log.ts'
import type { IdempotentRequest } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import {
  changes,
  createsVersion,
  does,
  lists,
  reads,
  readsVersion,
  removes,
} from '../../shared/convention.ts'
import { DirectoryIds } from '../../shared/schemas/directory.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { Role, type NewUser } from '../../shared/schemas/user.ts'
import { readAccountKey } from './account-key.ts'
import { readLanguage } from '../../shared/language.ts'
import { models } from './models.ts'
import type { Incoming } from '../../shared/origin.ts'
import type { UsersService } from './service.ts'
import type { SignUpRequest } from './sign-up.ts'

const params = t.Object({ id: Id })
const q = text(100, 0, 'Part of a name or address')

/** Accounts: `/api/users`. */
export function accountRoutes({ accounts, signUp, readOrigin }: UsersService) {
  const own = (c: Incoming & { caller: Caller }) => ({ id: c.caller.id, origin: readOrigin(c) })
  return new Elysia({ prefix: '/api/users', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/ping', () => ({ status: 'success', message: 'pong!' }), {
      ...reads('Pong', { pingUsers: 'Check that the service answers' }),
      access: 'public',
    })
    .post('', (c) => sendCreatedVersion(c, signUp.signUp(readSignUp(c, readOrigin(c)))), {
      ...createsVersion('User', { signUp: ['Create an account', whoMay] }, 403, 409),
      access: 'anonymous',
      body: 'NewUser',
    })
    .get('/sign_up', () => signUp.info, {
      ...reads('SignUp', { getSignUp: 'Get how new users get an account' }),
      access: 'public',
    })
    .get('', (c) => sendPage(c, accounts.list(c.query, c.caller)), {
      ...lists('UserList', { listUsers: 'List accounts by username' }),
      access: 'admin',
      query: t.Object({
        ...pageQuery,
        q: t.Optional(q),
        ids: t.Optional(DirectoryIds),
        role: t.Optional(Role),
        disabled: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])),
      }),
    })
    .get('/me', (c) => sendVersioned(c, accounts.get(c.caller.id)), {
      ...readsVersion('User', { getMe: 'Get your own account' }),
      access: 'member',
    })
    .patch('/me', (c) => sendVersioned(c, accounts.change({ ...own(c), ...readChange(c) })), {
      ...changes('User', { changeMe: 'Change your own account, as `changeUser` does' }, 403, 409),
      access: 'member',
      body: 'UserChange',
    })
    .delete('/me', (c) => sendNothing(c, accounts.remove({ ...own(c), ...readChange(c) })), {
      ...removes({ removeMe: 'Remove your own account, as `removeUser` does' }, 403, 409),
      access: 'member',
      body: 'AccountRemoval',
    })
}

/** One account: `/api/users/{id}`. */
export function oneAccountRoutes({ accounts, readOrigin }: UsersService) {
  const where = (c: Incoming & { params: { id: string } }) => ({
    id: c.params.id,
    origin: readOrigin(c),
  })
  return new Elysia({ prefix: '/api/users/:id', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendVersioned(c, accounts.get(c.params.id)), {
      ...readsVersion('User', { getUser: 'Get an account' }),
      access: 'self',
      params,
    })
    .patch('', (c) => sendVersioned(c, accounts.change({ ...where(c), ...readChange(c) })), {
      ...changes(
        'User',
        { changeUser: ['Change name, address, password or role, or disable it', whatEnds] },
        409,
      ),
      access: 'self',
      params,
      body: 'UserChange',
    })
    .delete('', (c) => sendNothing(c, accounts.remove({ ...where(c), ...readChange(c) })), {
      ...removes({ removeUser: ['Remove an account and end its logins', whatIsNeeded] }, 409),
      access: 'self',
      params,
      body: 'AccountRemoval',
    })
    .delete('/logins', (c) => sendNothing(c, accounts.logOut({ ...where(c), caller: c.caller })), {
      ...does({ logOutUser: ['End all logins of a user', apiKeysStay] }, 404),
      access: 'admin',
      params,
    })
}

const whoMay =
  'For administrators only, unless sign-up is open. Common passwords are refused, and those ' +
  'that contain little more than the name or the address.'
const whatIsNeeded = 'Your own account requires `current_password`.'
const apiKeysStay = 'Access tokens end within 5 s. API keys stay; revoke them individually.'
const whatEnds =
  'Changing your own password or address requires `current_password`. A new password ends all ' +
  'other logins; a new role or address ends all of them. Administrators may set `disabled`: it ' +
  'ends all logins and blocks all access.'

interface SignUpContext extends IdempotentRequest {
  body: NewUser
  caller: Caller
  request: Request
}

function readSignUp(context: SignUpContext, origin: Origin): SignUpRequest {
  const { body, caller, request } = context
  const idempotencyKey = readAccountKey(context, origin)
  return { body, caller, origin, idempotencyKey, language: readLanguage(request) }
}
