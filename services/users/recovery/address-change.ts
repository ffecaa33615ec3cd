import { and, eq, gt, or, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import type { AddressChange, NewPassword, PasswordSet } from '../../../shared/schemas/recovery.ts'
import { violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import { invalidLink, type GuessLimit } from '../guess-limit.ts'
import type { LoginLimit } from '../login-limit.ts'
import type { Logins } from '../logins.ts'
import type { Mail } from '../mail/mail.ts'
import type { Language } from '../../../shared/language.ts'
import type { OwnPassword } from '../own-password.ts'
import { requireGoodPassword } from '../password-rule.ts'
import type { Passwords } from '../password.ts'
import type { Factors } from '../second-factor/factors.ts'
import type { UsersTables } from '../tables.ts'
import type { Confirmations } from './confirmations.ts'
import type { ConfirmationRow } from './tables.ts'
import { hour_ms } from '../../../shared/duration.ts'

// Each sends a mail to an address that may be somebody else's.
const perUser: Allowance = {
  count: 5,
  window_ms: hour_ms,
  costMax_ms: hour_ms / 5,
  code: 'too_many_addresses',
  what: 'mails to confirm an address',
}

export interface AddressChangesOptions {
  attempts: Attempts
  confirmations: Confirmations
  factors: Factors
  limit: LoginLimit
  limitGuesses: GuessLimit
  logins: Logins
  mail: Mail
  passwords: Passwords
  requireOwnPassword: OwnPassword
  security: SecurityLog
}

export interface AddressChangeRequest {
  body: AddressChange
  caller: Caller
  origin: Origin
  language: Language
}

/**
 * Changes the caller's address: verified by a link sent to it, and changed when the link is
 * followed. The old address is notified, and can restore itself for a week, whoever knows the
 * password then.
 */
export function createAddressChanges(
  { store, id: newId }: Pick<Context, 'store' | 'id'>,
  { users, apiKeys, identities, secondFactors: apps, passkeys }: UsersTables,
  options: AddressChangesOptions,
) {
  const { attempts, confirmations, factors, limit, limitGuesses, logins } = options
  const { mail, passwords, requireOwnPassword, security } = options

  async function tryAsk(request: AddressChangeRequest): Promise<true | undefined> {
    const { body, caller, origin, language } = request
    const outbox = mail.requireOutbox()
    const email = body.email.toLowerCase()
    const [user] = await store.db.select().from(users).where(eq(users.id, caller.id))
    if (!user) throw notFound('user', caller.id)
    const isNew = email !== user.email
    if (!isNew && user.verified_email === email) {
      throw conflict('address_verified', 'This address is yours and verified.')
    }
    if (isNew) await requireOwnPassword(user, body.current_password, origin)
    await attempts.consume(`address:${user.id}`, perUser)
    const about = { recipient: email, language, detail: '' }
    const [other] = await store.db.select().from(users).where(eq(users.email, email))
    // Only the reader of that mailbox learns whether it has an account.
    if (isNew && other) {
      await store.atomically([outbox.add({ ...about, kind: 'taken' })])
    } else {
      const [reference, back] = [newId(), newId()]
      const isNotified = isNew && user.verified_email === user.email
      const keep = { id: back, user: user.id, purpose: 'keep', email: user.email } as const
      const notice = { kind: 'keep', recipient: user.email, detail: user.username } as const
      const next = { id: reference, user: user.id, purpose: 'address', email } as const
      const kept = await store.atomically([
        confirmations.lock(user.id),
        ...(isNotified ? confirmations.begin(keep) : []),
        ...(isNotified ? [outbox.add({ ...notice, language, reference: back })] : []),
        outbox.add({ ...about, kind: 'address', reference }),
        // Last, as it decides: an account that changed meanwhile is read again.
        ...confirmations.begin({ ...next, version: user.version }),
      ])
      if (!kept) return undefined
    }
    security('address_change_asked', { actor: user.id, user: user.id, origin })
    return true
  }

  async function confirm(token: string, origin: Origin): Promise<void> {
    const { confirmation, user } = await confirmations.find('address', token)
    const { email } = confirmation
    const isNew = email !== user.email
    const change = confirmations.change(confirmation, { email, verified_email: email })
    const kept = await store
      .atomically([
        confirmations.lock(user.id),
        // Tokens carry the address, so older ones must end. A trigger ends the confirmation.
        ...(isNew ? [logins.endAllOf(user.id), change] : [change, confirmations.use(confirmation)]),
      ])
      .catch(explainTaken)
    if (!kept) throw invalidLink()
    const event = isNew ? 'address_changed' : 'address_verified'
    security(event, { actor: user.id, user: user.id, origin })
  }

  // Added by whoever had the account then: they would lock the owner out, or let the other back in.
  function endLaterWaysIn({ user_id, created }: ConfirmationRow): SQL[] {
    const stays = or(factors.hasApp(user_id), factors.hasPasskey(user_id))
    return [
      store.db
        .delete(apps)
        .where(and(eq(apps.user_id, user_id), gt(apps.confirmed, created)))
        .getSQL(),
      store.db
        .delete(passkeys)
        .where(and(eq(passkeys.user_id, user_id), gt(passkeys.created, created)))
        .getSQL(),
      store.db
        .delete(identities)
        .where(and(eq(identities.user_id, user_id), gt(identities.created, created)))
        .getSQL(),
      factors.dropCodes(user_id, stays),
    ]
  }

  async function refuse({ token, password }: NewPassword, origin: Origin): Promise<PasswordSet> {
    const { confirmation, user } = await confirmations.find('keep', token)
    const { email } = confirmation
    requireGoodPassword(password, { ...user, email })
    const password_hash = await passwords.hashNew(password)
    const restored = { email, verified_email: email, password_hash }
    const kept = await store
      .atomically([
        confirmations.lock(user.id),
        logins.endAllOf(user.id),
        // API keys from that time end too.
        store.db.delete(apiKeys).where(eq(apiKeys.user_id, user.id)).getSQL(),
        ...endLaterWaysIn(confirmation),
        confirmations.endOthers(confirmation),
        confirmations.change(confirmation, restored),
        confirmations.use(confirmation),
      ])
      .catch(explainTaken)
    if (!kept) throw invalidLink()
    security('address_change_refused', { actor: user.id, user: user.id, origin })
    return { username: user.username, device_token: limit.deviceTokenFor(user.id) }
  }

  return {
    /**
     * Sends a link to the address, and notifies the old one if it differs.
     * @throws 403 for a wrong password; 409 if it is already verified, or mail is off; 429
     */
    ask: async (request: AddressChangeRequest): Promise<void> => {
      await retryOnConflict(() => tryAsk(request))
    },
    /** @throws 404 if the link is invalid; 409 if another account has the address now */
    confirm: (token: string, origin: Origin): Promise<void> =>
      limitGuesses(origin, () => confirm(token, origin)),
    /**
     * Restores the old address with a new password, and ends all logins and API keys.
     * @throws as `confirm`; 422 for a password that is easily guessed
     */
    refuse: (body: NewPassword, origin: Origin): Promise<PasswordSet> =>
      limitGuesses(origin, () => refuse(body, origin)),
  }
}

function explainTaken(error: unknown): never {
  if (violation(error) !== 'unique') throw error
  throw conflict('email_taken', 'Another account has this address by now. Ask an administrator.')
}
