import { eq } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Origin } from '../../../shared/host/security-log.ts'
import { invalid, ProblemError } from '../../../shared/problem.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import type { Mail } from '../mail/mail.ts'
import type { Language } from '../../../shared/language.ts'
import type { SignUpLimit } from '../sign-up-limit.ts'
import type { UsersTables } from '../tables.ts'
import type { Invitations } from './invitations.ts'
import { day_ms, hour_ms } from '../../../shared/duration.ts'

const life_ms = day_ms
const perAddress: Allowance = {
  count: 4,
  window_ms: hour_ms,
  costMax_ms: hour_ms / 4,
  code: 'too_many_invitations',
  what: 'links requested for this address',
}

export interface SelfInvitationOptions {
  attempts: Attempts
  invitations: Invitations
  limitSignUps: SignUpLimit
  mail: Mail
}

/**
 * `SIGN_UP=domain`: people with an address of the organisation invite themselves. The mail proves
 * the address, which typing it in does not.
 */
export function createSelfInvitation(
  { store, clock, id: newId, config }: Pick<Context, 'store' | 'clock' | 'id' | 'config'>,
  { users }: UsersTables,
  { attempts, invitations, limitSignUps, mail }: SelfInvitationOptions,
) {
  const { SIGN_UP: mode, SIGN_UP_DOMAINS: domains } = config

  /**
   * @throws 403 unless `SIGN_UP=domain`; 422 for another domain; 429 above the limits by site, in
   * total and by address
   */
  return async (address: string, origin: Origin, language: Language): Promise<void> => {
    if (mode !== 'domain') throw notByMail()
    const email = address.toLowerCase()
    if (!domains.includes(email.slice(email.indexOf('@') + 1))) throw elsewhere(domains)
    const outbox = mail.requireOutbox()
    await limitSignUps(origin)
    await attempts.consume(`invite:${email}`, perAddress)
    const [known] = await store.db.select().from(users).where(eq(users.email, email))
    const about = { recipient: email, language, detail: '' }
    const [id, now_ms] = [newId(), clock()]
    const times = { created: now_ms, expires: now_ms + life_ms }
    const mailed = mail.isReal ? now_ms : null
    const row = { id, email, role: 'member', created_by: null, link_id: null, mailed, ...times }
    // Only the reader of that mailbox learns whether it has an account.
    await store.atomically(
      known
        ? [outbox.add({ ...about, kind: 'taken' })]
        : [
            ...invitations.insertion(row),
            outbox.add({ ...about, kind: 'invitation', reference: id }),
          ],
    )
  }
}

function notByMail(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'sign_up_not_by_mail',
    detail: 'Links can be requested only with SIGN_UP=domain. Ask an administrator.',
  })
}

function elsewhere(domains: string[]): ProblemError {
  const detail = `Accounts are for addresses at ${domains.join(', ')}.`
  return invalid([{ pointer: '#/email', detail }], 'domain_not_allowed')
}
