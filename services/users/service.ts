import type { Context } from '../../shared/context.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { createAccounts } from './accounts.ts'
import { createApiKeys } from './api-keys/api-keys.ts'
import { createAttempts } from './attempts.ts'
import { createComingIn } from './coming-in.ts'
import { createDirectory } from './directory/directory.ts'
import { createRecipients } from './directory/recipients.ts'
import { createEndedLogins } from './ended-logins.ts'
import { createFreshSignIns } from './fresh-sign-in.ts'
import { createGroups } from './groups/groups.ts'
import { createMembers } from './groups/members.ts'
import { createLoginLimit } from './login-limit.ts'
import { createLinks } from './links.ts'
import { createLogins } from './logins.ts'
import { createMail } from './mail/mail.ts'
import { createMailWriter } from './mail/writer.ts'
import { createOriginReader } from '../../shared/origin.ts'
import { createPasswords } from './password.ts'
import { createOwnPassword } from './own-password.ts'
import { createOidc } from './oidc/oidc.ts'
import { createPasskeyLogin } from './passkeys/passkey-login.ts'
import { createPasskeyNotice } from './passkeys/notice.ts'
import { createPasskeys } from './passkeys/passkeys.ts'
import { createFactors } from './second-factor/factors.ts'
import { createSecondFactor } from './second-factor/second-factor.ts'
import { createLeaving } from './leaving/leaving.ts'
import { createGroupsLookup, createLookup } from './lookup.ts'
import { refoldNames } from './directory/refold-names.ts'
import { createRemovals } from './removals.ts'
import { createSecurity } from './security-events/security-events.ts'
import { createSigningKeys } from './signing-keys.ts'
import { createTakenLimit } from './taken-limit.ts'
import { createStanding } from './standing.ts'
import { usersTables } from './tables.ts'

/** Accounts, logins and the keys that sign tokens. Knows no HTTP. */
export function usersService(context: Context) {
  const { store } = context
  const tables = usersTables(store.columns)
  const passwords = createPasswords(context.hashPassword)
  const attempts = createAttempts(context, tables)
  const limit = createLoginLimit(context, attempts)
  const { security, securityEvents } = createSecurity(context, tables)
  const signingKeys = createSigningKeys(context, tables)
  const freshSignIns = createFreshSignIns(context)
  const requireOwnPassword = createOwnPassword({ passwords, limit, security, freshSignIns })
  const standing = createStanding(store, tables)
  const factors = createFactors(context, tables)
  const links = createLinks(context)
  const mail = createMail(context, tables, createMailWriter(context, tables, links))
  const own = { factors, requireOwnPassword, security, standing }
  const notice = createPasskeyNotice(mail)
  const passkeys = createPasskeys(context, tables, { ...own, notice })
  const proof = { ...own, attempts, passkeys }
  const secondFactor = createSecondFactor(context, tables, proof)
  const loginOptions = { passwords, limit, signingKeys, secondFactor, security }
  const logins = createLogins(context, tables, loginOptions)
  const endedLogins = createEndedLogins(context, tables)
  context.prune(prunableIdempotencyKeys(store))
  refoldNames(context, tables)
  const prunable = [...logins.prunable, endedLogins.prunable, attempts.prunable]
  for (const each of prunable) context.prune(each)
  const apiKeys = createApiKeys(context, tables, { attempts, security, standing })
  context.prune(apiKeys.prunable)
  context.every(apiKeys.recordUseEvery_s, 'record the use of API keys', apiKeys.recordUse)
  context.every(3600, 'renew signing keys', async () => {
    const key = await signingKeys.renew()
    if (key) security('signing_key_rotated', { actor: 'system', key })
  })
  const limitTaken = createTakenLimit(context, attempts)
  const options = { passwords, requireOwnPassword, limitTaken, logins, security, standing }
  const accounts = createAccounts(context, tables, options)
  const groups = createGroups(context, tables, security)
  const proving = { accounts, attempts, freshSignIns, secondFactor }
  const oidc = createOidc(context, tables, { ...options, ...proving })
  const comingIn = { ...options, accounts, attempts, factors, limit, links, mail }
  return {
    accounts,
    apiKeys,
    ...createComingIn(context, tables, comingIn),
    logins,
    leaving: createLeaving(context, tables, { accounts, security }),
    passkeys,
    passkeyLogin: createPasskeyLogin(tables, { limit, logins, passkeys, security, store }),
    lookUp: createLookup(store, tables),
    lookUpGroups: createGroupsLookup(store, tables),
    findRecipients: createRecipients(store, tables),
    directory: createDirectory(context, tables),
    oidc,
    secondFactor,
    removals: createRemovals(store, tables),
    groups,
    members: createMembers(context, tables, { groups, security, standing }),
    endedLogins,
    security,
    securityEvents,
    standing,
    readOrigin: createOriginReader(context),
    signingKeys,
  }
}

export type UsersService = ReturnType<typeof usersService>
