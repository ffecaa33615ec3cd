import { Elysia } from 'elysia'
import type { Context } from '../../shared/context.ts'
import { accountRoutes, oneAccountRoutes } from './account-routes.ts'
import { apiKeyRoutes } from './api-keys/api-key-routes.ts'
import { authorityRoutes, keyRoutes } from './authority-routes.ts'
import { directoryRoutes } from './directory-routes.ts'
import { groupMemberRoutes, groupRoutes } from './group-routes.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { leavingRoutes } from './leaving/leaving-routes.ts'
import { loginRoutes } from './login-routes.ts'
import { secondFactorRoutes } from './second-factor/second-factor-routes.ts'
import { securityEventRoutes } from './security-events/security-event-routes.ts'
import { identityProviderRoutes, identityRoutes, signInRoutes } from './oidc/oidc-routes.ts'
import { ownLoginRoutes } from './own-login-routes.ts'
import { passkeyRoutes } from './passkeys/passkey-routes.ts'
import { recoveryRoutes } from './recovery-routes.ts'
import { usersService } from './service.ts'

/** Accounts and tokens: who a caller is, and what they may do. */
export function users(context: Context) {
  const service = usersService(context)
  return new Elysia({ name: 'users', tags: ['users'], normalize: false })
    .derive(service.standing.derive as (context: object) => Record<string, unknown>)
    .use(accountRoutes(service))
    .use(oneAccountRoutes(service))
    .use(leavingRoutes(service))
    .use(directoryRoutes(service))
    .use(groupRoutes(service))
    .use(groupMemberRoutes(service))
    .use(invitationRoutes(service))
    .use(recoveryRoutes(service))
    .use(loginRoutes(service))
    .use(ownLoginRoutes(service))
    .use(apiKeyRoutes(service))
    .use(securityEventRoutes(service))
    .use(secondFactorRoutes(service))
    .use(signInRoutes(service))
    .use(identityRoutes(service))
    .use(identityProviderRoutes(service))
    .use(passkeyRoutes(service))
    .use(keyRoutes(service))
    .use(authorityRoutes(service))
}

export type UsersApi = ReturnType<typeof users>
