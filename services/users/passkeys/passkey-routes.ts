import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../../shared/access.ts'
import { sendNothing } from '../../../shared/answer.ts'
import { answers, does, reads } from '../../../shared/convention.ts'
import * as passkey from '../../../shared/schemas/passkey.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import { OwnPassword } from '../../../shared/schemas/second-factor.ts'
import { PasskeyLogin, Tokens } from '../../../shared/schemas/user.ts'
import { sendTokens } from '../login-routes.ts'
import { readLanguage } from '../../../shared/language.ts'
import type { Incoming } from '../../../shared/origin.ts'
import type { UsersService } from '../service.ts'

const models = new Elysia({ name: 'passkey models' }).model({
  AddedPasskey: passkey.AddedPasskey,
  NewPasskey: passkey.NewPasskey,
  OwnPassword,
  Passkey: passkey.Passkey,
  PasskeyChange: passkey.PasskeyChange,
  PasskeyCreation: passkey.PasskeyCreation,
  PasskeyList: passkey.PasskeyList,
  PasskeyLogin,
  // Not sent by an administrator who removes another user's.
  PasskeyRemoval: t.Optional(passkey.PasskeyRemoval),
  PasskeyRequest: passkey.PasskeyRequest,
  Problem,
  Tokens,
})

const params = t.Object({ id: Id })

/** The caller's passkeys at `/api/passkeys`, and login with one. */
export function passkeyRoutes(service: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(ownPasskeyRoutes(service))
    .use(passkeyLoginRoutes(service))
}

function ownPasskeyRoutes({ passkeys, readOrigin }: UsersService) {
  const who = (c: Incoming & { caller: Caller }) => ({
    caller: c.caller,
    origin: readOrigin(c),
    language: readLanguage(c.request),
  })
  return new Elysia({ prefix: '/api/passkeys', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => passkeys.list(c.caller, c.query.user_id), {
      ...reads('PasskeyList', { listPasskeys: ['List your own passkeys', whose] }, 403),
      access: 'member',
      query: t.Object({ user_id: t.Optional(Id) }),
    })
    .post('/options', (c) => passkeys.begin(c.body.current_password, who(c)), {
      ...answers('PasskeyCreation', { beginPasskey }, 403, 409, 429),
      access: 'member',
      body: 'OwnPassword',
    })
    .post('', async (c) => c.status(201, await passkeys.add(c.body, who(c))), {
      access: 'member',
      body: 'NewPasskey',
      response: { 201: 'AddedPasskey', 403: 'Problem', 409: 'Problem', 422: 'Problem' },
      detail: { operationId: 'addPasskey', summary: 'Add a passkey', description: once },
    })
    .patch('/:id', (c) => passkeys.rename(c.params.id, c.body.name, c.caller), {
      ...answers('Passkey', { renamePasskey: 'Rename one of your passkeys' }, 404),
      access: 'member',
      params,
      body: 'PasskeyChange',
    })
    .delete(
      '/:id',
      (c) => sendNothing(c, passkeys.remove(c.params.id, c.body?.current_password, who(c))),
      {
        ...does({ removePasskey: ['Remove a passkey', gone] }, 403, 404, 409, 429),
        access: 'member',
        params,
        body: 'PasskeyRemoval',
      },
    )
}

function passkeyLoginRoutes({ passkeys, passkeyLogin, readOrigin }: UsersService) {
  return new Elysia({ prefix: '/api/login/passkey', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .post('/options', () => passkeys.ask(), {
      ...answers('PasskeyRequest', { beginPasskeyLogin: ['Begin to log in', same] }, 409),
      access: 'public',
    })
    .post('', (c) => sendTokens(c, passkeyLogin.logIn(c.body, readOrigin(c))), {
      ...answers('Tokens', { logInWithPasskey }, 401, 403, 409, 429),
      access: 'public',
      body: 'PasskeyLogin',
    })
}

const whose = "`user_id`: another user's, for administrators."
const begun =
  'The browser makes one of `options` (WebAuthn); send it to `POST /api/passkeys` with `token`. ' +
  '409 `passkeys_not_available`: `PUBLIC_URL` is not an https address with a host name.'
const once =
  'Each response to a challenge works once. With a passkey, the password alone does not log you ' +
  'in: recovery codes come with the first second factor.'
const gone =
  'Your own requires `current_password`. The last second factor cannot be removed where one is ' +
  'required. Administrators remove those of others without a password.'
const same = 'The response is the same for everybody, with or without an account.'
const both =
  'A passkey with user verification counts as both factors. `POST /api/login` accepts one as ' +
  'the second factor, in `passkey`, for the options in its 401.'

const beginPasskey = ['Begin to add a passkey', begun] as const
const logInWithPasskey = ['Log in with a passkey', both] as const
