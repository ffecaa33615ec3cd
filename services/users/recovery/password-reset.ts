import { and, eq, isNull } from 'drizzle-orm'
import { toClientNetwork } from '../../../shared/host/client-address.ts'
import { forbidden, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { NewPassword, PasswordLink, PasswordSet } from '../../../shared/schemas/recovery.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import { invalidLink, type GuessLimit } from '../guess-limit.ts'
import type { Links } from '../links.ts'
import type { LoginLimit } from '../login-limit.ts'
import type { Logins } from '../logins.ts'
import type { Mail } from '../mail/mail.ts'
import type { Language } from '../../../shared/language.ts'
import { requireGoodPassword } from '../password-rule.ts'
import type { Passwords } from '../password.ts'
import type { Standing } from '../standing.ts'
import type { UsersTables } from '../tables.ts'
import { handedOverLife_ms, type Confirmations } from './confirmations.ts'
import { hour_ms } from '../../../shared/duration.ts'

const allow = (count: number, what: string): Allowance => ({
  count,
  window_ms: hour_ms,
  costMax_ms: hour_ms / count,
  code: 'too_many_resets',
  what,
})
const perNetwork = allow(20, 'password resets from this network')
// Nobody can flood another's mailbox. Known and unknown addresses count alike.
const perAddress = allow(4, 'password resets for this address')

export interface PasswordResetOptions {
  attempts: Attempts
  confirmations: Confirmations
  limit: LoginLimit
  limitGuesses: GuessLimit
  links: Links
  logins: Logins
  mail: Mail
  passwords: Passwords
  security: SecurityLog
  standing: Standing
}

type ResetContext = Pick<Context, 'store' | 'clock' | 'id'>

/** Password reset: by a mailed link, or one that an administrator hands over. */
export function createPasswordReset(
  { store, clock, id: newId }: ResetContext,
  { users }: UsersTables,
  options: PasswordResetOptions,
) {
  const { attempts, confirmations, limit, links, logins, mail, passwords } = options
  const { security, standing } = options

  async function ask(address: string, origin: Origin, language: Language): Promise<void> {
    const outbox = mail.requireOutbox()
    const email = address.toLowerCase()
    const { address: from } = origin
    if (from) await attempts.consume(`reset:${toClientNetwork(from)}`, perNetwork)
    await attempts.consume(`reset:${email}`, perAddress)
    const isUsed = and(eq(users.email, email), isNull(users.disabled))
    const [user] = await store.db.select().from(users).where(isUsed)
    const reference = newId()
    const detail = user && user.verified_email === email ? user.username : ''
    // The same write for an unknown address, so that neither response nor time reveals it.
    const recipient = user ? email : ''
    const about = { kind: 'password', recipient, language, detail, reference } as const
    const whose = user?.id ?? newId()
    await store.atomically([
      confirmations.lock(whose),
      ...confirmations.begin({ id: reference, user: whose, purpose: 'password', email }),
      outbox.add(about),
    ])
    security('password_link_asked', { actor: 'anonymous', user: user?.id, origin })
  }

  async function set({ token, password }: NewPassword, origin: Origin): Promise<PasswordSet> {
    const { confirmation, user } = await confirmations.find('password', token)
    const { email } = confirmation
    // The address may have changed since the request.
    if (email && email !== user.email) throw invalidLink()
    requireGoodPassword(password, user)
    const password_hash = await passwords.hashNew(password)
    const verified = email ? { verified_email: email } : {}
    const kept = await store.atomically([
      confirmations.lock(user.id, confirmation.created_by),
      logins.endAllOf(user.id),
      // A trigger ends the confirmation with the old password.
      confirmations.change(confirmation, { password_hash, ...verified }),
    ])
    if (!kept) throw invalidLink()
    security('password_reset', { actor: user.id, user: user.id, origin })
    return { username: user.username, device_token: limit.deviceTokenFor(user.id) }
  }

  return {
    /**
     * Sends a link, if the address has an account.
     * @throws 409 if mail is off; 429 above the limits by network and by address
     */
    ask,
    /**
     * A link to hand over.
     * @throws 403 for oneself; 404; 409 if links have no address, or the account is disabled
     */
    createLink: async (userId: string, caller: Caller, origin: Origin): Promise<PasswordLink> => {
      const [user] = await store.db.select().from(users).where(eq(users.id, userId))
      if (!user) throw notFound('user', userId)
      if (user.disabled !== null) {
        throw conflict('account_disabled', 'The account is disabled. Enable it first.')
      }
      // A stolen token must not lead to another password.
      if (caller.id === userId) throw forbidden('Change your own password with the current one.')
      const id = newId()
      const link = links.toLink('password', id)
      const expires = toInstant(clock() + handedOverLife_ms) ?? ''
      const maker = isId(caller.id) ? caller.id : null
      const guard = standing.holds(caller)
      const made = { id, user: userId, purpose: 'password', email: '', maker, guard } as const
      const isMade = await store.atomically([
        standing.lock(caller, userId),
        ...confirmations.begin(made),
      ])
      if (!isMade) {
        await standing.require(caller)
        throw notFound('user', userId)
      }
      security('password_link_created', { actor: caller.id, user: userId, origin })
      return { link, expires }
    },
    /**
     * Sets the password and ends all logins.
     * @returns what the browser logs in with, beside the password
     * @throws 404 if the link is invalid, 422 for a password that is easily guessed
     */
    set: (body: NewPassword, origin: Origin): Promise<PasswordSet> =>
      options.limitGuesses(origin, () => set(body, origin)),
  }
}
