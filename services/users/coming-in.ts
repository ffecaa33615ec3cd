import type { Context } from '../../shared/context.ts'
import type { SecurityLog } from '../../shared/host/security-log.ts'
import type { Accounts } from './accounts.ts'
import type { Attempts } from './attempts.ts'
import { createGuessLimit } from './guess-limit.ts'
import { createAcceptance } from './invitations/acceptance.ts'
import { createInvitations } from './invitations/invitations.ts'
import { createInvitedGroups } from './invitations/invited-groups.ts'
import { createRenewal } from './invitations/renewal.ts'
import { createSelfInvitation } from './invitations/self-invitation.ts'
import type { LoginLimit } from './login-limit.ts'
import type { Links } from './links.ts'
import type { Logins } from './logins.ts'
import type { OwnPassword } from './own-password.ts'
import type { Mail } from './mail/mail.ts'
import type { Passwords } from './password.ts'
import { createAddressChanges } from './recovery/address-change.ts'
import { createConfirmations } from './recovery/confirmations.ts'
import { createPasswordReset } from './recovery/password-reset.ts'
import { createVerification } from './recovery/verification.ts'
import { createSignUpLimit } from './sign-up-limit.ts'
import { createSignUp } from './sign-up.ts'
import type { Factors } from './second-factor/factors.ts'
import type { Standing } from './standing.ts'
import type { UsersTables } from './tables.ts'
import type { TakenLimit } from './taken-limit.ts'

export interface ComingInOptions {
  accounts: Accounts
  attempts: Attempts
  factors: Factors
  limit: LoginLimit
  limitTaken: TakenLimit
  links: Links
  logins: Logins
  mail: Mail
  passwords: Passwords
  requireOwnPassword: OwnPassword
  security: SecurityLog
  standing: Standing
}

/** Ways to get an account, and back into it: sign-up, invitations, links in mails. */
export function createComingIn(context: Context, tables: UsersTables, given: ComingInOptions) {
  const { attempts, links, mail } = given
  requireMail(context, mail.outbox !== undefined)
  const confirmations = createConfirmations(context, tables, links)
  const verification = createVerification(context, { confirmations, mail })
  const limitGuesses = createGuessLimit(attempts)
  const limitSignUps = createSignUpLimit(context, attempts)
  const all = {
    ...given,
    confirmations,
    verification,
    limitGuesses,
    limitSignUps,
    groups: createInvitedGroups(context, tables),
  }
  const invitations = createInvitations(context, tables, all)
  context.prune(invitations.prunable)
  context.prune(confirmations.prunable)
  return {
    signUp: createSignUp(context, all),
    invitations,
    renewInvitation: createRenewal(context, tables, { ...all, invitations }),
    acceptance: createAcceptance(context, { ...all, invitations }),
    inviteOneself: createSelfInvitation(context, tables, { ...all, invitations }),
    passwordReset: createPasswordReset(context, tables, all),
    addressChanges: createAddressChanges(context, tables, all),
  }
}

function requireMail({ config }: Context, isThere: boolean): void {
  if (config.SIGN_UP !== 'domain' || isThere) return
  throw new Error('SIGN_UP=domain sends links by mail: set SMTP_URL, MAIL_FROM and PUBLIC_URL.')
}
