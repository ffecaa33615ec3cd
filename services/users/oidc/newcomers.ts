import type { ProblemCode } from '../../../shared/problem-code.ts'
import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { Username } from '../../../shared/schemas/user.ts'
import { Value } from '@sinclair/typebox/value'
import type { Accounts } from '../accounts.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import type { Claims } from './claims.ts'
import type { Identities } from './identities.ts'
import type { ProviderRow } from './tables.ts'

// After that many taken names, a random part makes it unique.
const namesTried = 3

export interface NewcomersOptions {
  accounts: Accounts
  identities: Identities
  security: SecurityLog
}

/** People who sign in by a provider for the first time. */
export function createNewcomers(
  { store, config }: Pick<Context, 'store' | 'config'>,
  { users }: UsersTables,
  { accounts, identities, security }: NewcomersOptions,
) {
  async function findByAddress(email: string): Promise<UserRow | undefined> {
    const [user] = await store.db.select().from(users).where(eq(users.email, email))
    return user
  }

  function requireMayCreate(provider: ProviderRow, email: string): void {
    const { SIGN_UP: mode, SIGN_UP_DOMAINS: domains } = config
    const isTheirs = mode !== 'domain' || domains.includes(email.split('@')[1] ?? '')
    if (provider.creates_accounts === 1 && mode !== 'closed' && isTheirs) return
    throw refuse('account_missing', 'You have no account here. Ask an administrator for one.')
  }

  async function create(provider: ProviderRow, claims: Claims & { email: string }, origin: Origin) {
    const { email } = claims
    const link = { provider: provider.id, subject: claims.subject }
    for (const username of listNames(claims.wantedName, email)) {
      const made = await accounts
        .create(
          {
            username,
            email,
            // Unknown to everybody. To get a password, the owner resets it.
            password: randomBytes(32).toString('base64url'),
            ...(claims.displayName !== undefined && { display_name: claims.displayName }),
          },
          { isVerified: true, also: (id) => [identities.insertion(link, id)] },
        )
        .catch((error: unknown) => {
          if (error instanceof ProblemError && error.code.endsWith('_taken')) return error.code
          throw error
        })
      if (made === 'username_taken') continue
      // Most likely by another tab of theirs.
      if (typeof made === 'string') return
      const { id: user } = made.value
      security('sign_up', { actor: 'anonymous', user, provider: provider.id, origin })
      return
    }
  }

  return {
    /**
     * Connects them to the account of their address, or creates one.
     * @throws 403 without a verified address, or if accounts are not created; 409 as
     * `connectByAddress`
     */
    admit: async (provider: ProviderRow, claims: Claims, origin: Origin): Promise<UserRow> => {
      const { email, subject } = claims
      if (email === undefined) {
        const detail = `${provider.name} did not say that your address is verified. Ask there.`
        throw refuse('address_unverified', detail)
      }
      const link = { provider: provider.id, subject }
      const account = await findByAddress(email)
      if (account) {
        await identities.connectByAddress(link, account, origin)
      } else {
        requireMayCreate(provider, email)
        await create(provider, { ...claims, email }, origin)
      }
      const user = await identities.findUser(link)
      // Another sign-in of theirs was faster.
      if (!user) throw refuse('account_missing', 'You have no account here yet. Try again.')
      return user
    },
  }
}

export type Newcomers = ReturnType<typeof createNewcomers>

function* listNames(wanted: string | undefined, email: string): Generator<string> {
  const given = (wanted ?? email).split('@')[0] ?? ''
  const plain = given
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]/g, '')
    .replace(/^[._-]+/, '')
  const name = Value.Check(Username, plain) ? plain : 'member'
  if (name === plain) yield name
  for (let tried = 0; tried < namesTried; tried++) {
    yield `${name.slice(0, 40)}-${randomBytes(4).toString('hex')}`
  }
}

function refuse(code: ProblemCode, detail: string): ProblemError {
  return new ProblemError({ status: 403, code, detail })
}
