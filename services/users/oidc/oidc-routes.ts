import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendVersioned } from '../../../shared/answer.ts'
import {
  readIdempotencyKey,
  type Creation,
  type IdempotentRequest,
} from '../../../shared/idempotency.ts'
import {
  answers,
  changes,
  createsVersion,
  does,
  reads,
  readsVersion,
  removes,
} from '../../../shared/convention.ts'
import * as schema from '../../../shared/schemas/identity-provider.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import { OwnPassword } from '../../../shared/schemas/second-factor.ts'
import { Tokens } from '../../../shared/schemas/user.ts'
import { readChange } from '../../../shared/version.ts'
import type { Incoming } from '../../../shared/origin.ts'
import type { UsersService } from '../service.ts'

const models = new Elysia({ name: 'oidc models' }).model({
  BegunSignIn: schema.BegunSignIn,
  FreshSignIn: schema.FreshSignIn,
  Identity: schema.Identity,
  IdentityList: schema.IdentityList,
  IdentityProvider: schema.IdentityProvider,
  IdentityProviderChange: schema.IdentityProviderChange,
  IdentityProviderList: schema.IdentityProviderList,
  NewIdentity: schema.NewIdentity,
  NewIdentityProvider: schema.NewIdentityProvider,
  OwnPassword,
  Problem,
  SignInCallback: schema.SignInCallback,
  SignInCode: schema.SignInCode,
  SignInProviderList: schema.SignInProviderList,
  Tokens,
})
const params = t.Object({ id: schema.ProviderId })

/** Sign-in by a provider: `/api/login/providers`, `/api/login/callback`. */
export function signInRoutes({ oidc: { providers, signIns }, readOrigin }: UsersService) {
  return new Elysia({ prefix: '/api/login', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/providers', () => providers.listNames(), {
      ...reads('SignInProviderList', {
        listSignInProviders: 'List the providers by which members can sign in',
      }),
      access: 'public',
    })
    .post('/providers/:id', (c) => keepSecret(c, signIns.begin(c.params.id, readOrigin(c))), {
      ...answers('BegunSignIn', { beginSignIn }, 404, 409),
      access: 'public',
      params,
    })
    .post('/callback', (c) => keepSecret(c, signIns.complete(c.body, readOrigin(c))), {
      ...answers('Tokens', { completeSignIn }, 400, 401, 403, 404, 409, 429),
      access: 'public',
      body: 'SignInCallback',
    })
    .post('/callback/code', (c) => keepSecret(c, signIns.completeWithCode(c.body, readOrigin(c))), {
      ...answers('Tokens', { completeSignInWithCode }, 400, 401, 403, 404, 429),
      access: 'public',
      body: 'SignInCode',
    })
}

/** The caller's identities at providers: `/api/identities`. */
export function identityRoutes({ oidc: { identities, signIns }, readOrigin }: UsersService) {
  const who = (c: Incoming & { caller: Caller }) => ({ caller: c.caller, origin: readOrigin(c) })
  return new Elysia({ prefix: '/api/identities', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => identities.listOf(c.caller), {
      ...reads('IdentityList', { listIdentities: 'List the providers you sign in by' }),
      access: 'member',
    })
    .post('', (c) => signIns.beginConnecting(c.body, who(c)), {
      ...answers(
        'BegunSignIn',
        { beginConnecting: ['Begin to connect a provider to your account', begun] },
        403,
        404,
        409,
        429,
      ),
      access: 'member',
      body: 'NewIdentity',
    })
    .post('/callback', (c) => signIns.connect(c.body, who(c)), {
      ...answers('Identity', { completeConnecting }, 400, 403, 404, 409, 429),
      access: 'member',
      body: 'SignInCallback',
    })
    .post('/:id/confirm', (c) => keepSecret(c, signIns.beginConfirming(c.params.id, who(c))), {
      ...answers(
        'BegunSignIn',
        { beginConfirming: ['Begin to sign in again by a provider of yours', confirmed] },
        404,
        409,
      ),
      access: 'member',
      params: t.Object({ id: Id }),
    })
    .post('/confirmations', (c) => keepSecret(c, signIns.confirm(c.body, who(c))), {
      ...answers('FreshSignIn', { confirmIdentity }, 400, 403, 404, 409, 429),
      access: 'member',
      body: 'SignInCallback',
    })
    .delete(
      '/:id',
      (c) => sendNothing(c, identities.disconnectOwn(c.params.id, c.body.current_password, who(c))),
      {
        ...does({ disconnectIdentity: 'Disconnect a provider from your account' }, 403, 404, 429),
        access: 'member',
        params: t.Object({ id: Id }),
        body: 'OwnPassword',
      },
    )
}

/** Providers, for administrators: `/api/identity_providers`. */
export function identityProviderRoutes({ oidc, readOrigin }: UsersService) {
  const { providers, identities } = oidc
  const where = (c: Incoming & { params: { id: string } }) => ({
    id: c.params.id,
    origin: readOrigin(c),
  })
  return new Elysia({ prefix: '/api/identity_providers', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', () => providers.list(), {
      ...reads('IdentityProviderList', { listIdentityProviders: 'List sign-in providers' }, 409),
      access: 'admin',
    })
    .post('', (c) => sendCreatedVersion(c, providers.create(readNew(c), readOrigin(c))), {
      ...createsVersion('IdentityProvider', { createIdentityProvider }, 409, 429),
      access: 'admin',
      body: 'NewIdentityProvider',
    })
    .get('/:id', (c) => sendVersioned(c, providers.get(c.params.id)), {
      ...readsVersion('IdentityProvider', { getIdentityProvider: 'Get a sign-in provider' }),
      access: 'admin',
      params,
    })
    .patch('/:id', (c) => sendVersioned(c, providers.change({ ...where(c), ...readChange(c) })), {
      ...changes('IdentityProvider', { changeIdentityProvider: 'Change a sign-in provider' }, 429),
      access: 'admin',
      params,
      body: 'IdentityProviderChange',
    })
    .delete('/:id', (c) => sendNothing(c, providers.remove({ ...where(c), ...readChange(c) })), {
      ...removes({ removeIdentityProvider: ['Remove a sign-in provider', whatStays] }),
      access: 'admin',
      params,
    })
    .delete(
      '/:id/users/:user_id',
      (c) => {
        const link = { provider: c.params.id, user: c.params.user_id }
        const about = { caller: c.caller, origin: readOrigin(c) }
        return sendNothing(c, identities.disconnectOf(link, about))
      },
      {
        ...does({ disconnectUser: ['Disconnect a user from a provider', whenNeeded] }, 404),
        access: 'admin',
        params: t.Object({ id: schema.ProviderId, user_id: Id }),
      },
    )
}

const begun = 'Open `url` in the browser, and keep `flow` there until it returns.'
const confirmed =
  'For accounts without a password: the provider authenticates the user again, even if logged in ' +
  'there. Open `url`, and keep `flow` for `POST /api/identities/confirmations`.'
const returned =
  'Works once, within ten minutes, in the browser that began it. 400 `sign_in_invalid`: start over.'
const added =
  'Its metadata is read from the issuer. Register `redirect_uri` and `log_out_uri` there.'
const whatStays = 'Accounts and logins stay, but are no longer connected to it.'
const whenNeeded =
  'For a user whose account at the provider was recreated; they reconnect at their next sign-in.'

// As for tokens: RFC 6749 section 5.1.
function keepSecret<T>(
  { set }: { set: { headers: Record<string, string | number> } },
  answer: Promise<T>,
): Promise<T> {
  set.headers['cache-control'] = 'no-store'
  return answer
}

interface NewProviderRequest extends IdempotentRequest {
  body: schema.NewIdentityProvider
  caller: Caller
}

// Not even a hash of the client secret or password is stored with the key.
function readNew(request: NewProviderRequest): Creation<schema.NewIdentityProvider> {
  const { body, caller } = request
  const { client_secret: _, current_password: _password, ...content } = body
  return { body, caller, idempotencyKey: readIdempotencyKey({ ...request, body: content }) }
}

const beginSignIn = ['Begin a login by a provider', begun] as const
const completeSignIn = ['Complete a login by a provider', returned] as const
const completeSignInWithCode = 'Log in with the second factor that a provider did not verify'
const completeConnecting = ['Complete connecting a provider to your account', returned] as const
const confirmIdentity = ['Complete signing in again by a provider', returned] as const
const createIdentityProvider = ['Connect a provider', added] as const
