import { eq, exists } from 'drizzle-orm'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { PasskeyLogin, Tokens } from '../../../shared/schemas/user.ts'
import type { Store } from '@campus/store/store.ts'
import { accountDisabled } from '../disabled.ts'
import type { LoginLimit } from '../login-limit.ts'
import type { Logins } from '../logins.ts'
import type { UsersTables } from '../tables.ts'
import type { Passkeys } from './passkeys.ts'

export interface PasskeyLoginOptions {
  limit: LoginLimit
  logins: Logins
  passkeys: Passkeys
  security: SecurityLog
  store: Store
}

/** Login with a passkey alone: possession, unlocked by knowledge or biometrics. */
export function createPasskeyLogin(
  { users, passkeys: table }: UsersTables,
  { limit, logins, passkeys, security, store }: PasskeyLoginOptions,
) {
  /**
   * @throws 401 if it is refused, 403 if it took too long or the account is disabled, 429 after too
   * many failures
   */
  async function logIn(body: PasskeyLogin, origin: Origin): Promise<Tokens> {
    const { device_token: deviceToken, ...proof } = body
    const user = (await passkeys.find(proof.response.id))?.user_id
    // Unknown passkeys count as one.
    const attempt = { userId: user, username: 'a passkey', address: origin.address, deviceToken }
    const succeed = await limit.consume(attempt).catch((error: unknown) => {
      security('login_locked', { actor: 'anonymous', user, origin })
      throw error
    })
    const { id, user_id } = await passkeys.take(proof, origin)
    const [owner] = await store.db.select().from(users).where(eq(users.id, user_id))
    if (owner && owner.disabled !== null) {
      await succeed()
      security('login_failed', { actor: 'anonymous', user, origin })
      throw accountDisabled()
    }
    const guard = exists(store.db.select({ id: table.id }).from(table).where(eq(table.id, id)))
    const how = { origin, guard, detail: { passkey: id } }
    const tokens = owner && (await logins.begin(owner, how))
    if (!tokens) throw removed()
    await succeed()
    return tokens
  }

  return { logIn }
}

function removed(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'passkey_unknown',
    detail: 'This passkey was removed. Log in another way.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}
