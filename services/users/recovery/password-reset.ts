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

const hour_ms = 60 * 60_000
const allow = (count: number, what: string): Allowance => ({
  count,
  window_ms: hour_ms,
  costMax_ms: hour_ms / count,
  code: 'too_many_resets',
  what,
})
const perNetwork = allow(20, 'new passwords asked for from here')
// Whoever asks for another's address fills no mailbox. Known and unknown ones are counted alike.
const perAddress = allow(4, 'new passwords asked for with this address')

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

/** A forgotten password: by a link in a mail, or one that an administrator hands over. */
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
    // The same writing for an address without an account: neither answer nor time tells.
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
    // The address may have changed between the question and its link.
    if (email && email !== user.email) throw invalidLink()
    requireGoodPassword(password, user)
    const password_hash = await passwords.hashNew(password)
    const verified = email ? { verified_email: email } : {}
    const kept = await store.atomically([
      confirmations.lock(user.id, confirmation.created_by),
      logins.endAllOf(user.id),
      // A trigger ends the confirmation with the password that it replaces.
      confirmations.change(confirmation, { password_hash, ...verified }),
    ])
    if (!kept) throw invalidLink()
    security('password_reset', { actor: user.id, user: user.id, origin })
    return { username: user.username, device_token: limit.deviceTokenFor(user.id) }
  }

  return {
    /**
     * Sends a link, when there is an account with the address.
     * @throws 409 where no mail is sent; 429 after too many, by network and by address
     */
    ask,
    /** A link to be handed over. @throws 403 to oneself; 404; 409 where links have no address, or
     *  it is disabled */
    createLink: async (userId: string, caller: Caller, origin: Origin): Promise<PasswordLink> => {
      const [user] = await store.db.select().from(users).where(eq(users.id, userId))
      if (!user) throw notFound('user', userId)
      if (user.disabled !== null) {
        throw conflict('account_disabled', 'The account is disabled. Enable it first.')
      }
      // A stolen token is no way to another password.
      if (caller.id === userId) throw forbidden('Yours is changed with the one of now.')
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
     * @throws 404 when the link is not good, 422 when the password is guessed first
     */
    set: (body: NewPassword, origin: Origin): Promise<PasswordSet> =>
      options.limitGuesses(origin, () => set(body, origin)),
  }
}

export type PasswordReset = ReturnType<typeof createPasswordReset>
