import { toClientSite } from '../../../shared/host/client-address.ts'
import type { Created } from '../../../shared/answer.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import type { Context } from '../../../shared/context.ts'
import { findReplay, type IdempotencyKey } from '../../../shared/idempotency.ts'
import { invalid } from '../../../shared/problem.ts'
import type { InvitationAcceptance, OpenInvitation } from '../../../shared/schemas/invitation.ts'
import type { Role, User } from '../../../shared/schemas/user.ts'
import type { Accounts } from '../accounts.ts'
import { invalidLink, type GuessLimit } from '../guess-limit.ts'
import type { Language } from '../../../shared/language.ts'
import type { Verification } from '../recovery/verification.ts'
import type { TakenLimit } from '../taken-limit.ts'
import { toOpenInvitation, type Invitations } from './invitations.ts'
import type { InvitedGroups } from './invited-groups.ts'

export interface AcceptanceOptions {
  accounts: Accounts
  groups: InvitedGroups
  invitations: Invitations
  verification: Verification
  limitGuesses: GuessLimit
  limitTaken: TakenLimit
  security: SecurityLog
}

export interface AcceptanceRequest {
  body: InvitationAcceptance
  idempotencyKey: IdempotencyKey | undefined
  origin: Origin
  language: Language
}

/** How invited people sign up: once per invitation, with its role. */
export function createAcceptance({ store }: Pick<Context, 'store'>, options: AcceptanceOptions) {
  const { accounts, groups, invitations, verification } = options
  const { limitGuesses, limitTaken, security } = options

  async function find(token: string) {
    const invitation = await invitations.find(token)
    if (!invitation) throw invalidLink()
    return invitation
  }

  async function accept(request: AcceptanceRequest): Promise<Created<User>> {
    const { body, origin, language, idempotencyKey } = request
    const { token, email: given, ...account } = body
    const replay = await findReplay<User>(store, idempotencyKey)
    if (replay) return replay
    const invitation = await find(token)
    const email = chooseAddress(invitation.email, given)
    // Whoever only got the link from somebody proves no address.
    const isVerified = invitation.mailed !== null
    const site = origin.address ? `site:${toClientSite(origin.address)}` : 'site'
    const created = await limitTaken(site, () =>
      accounts.create(
        { ...account, email },
        {
          role: invitation.role as Role,
          idempotencyKey,
          isVerified,
          // When two accept at once, the second finds the invitation used up.
          also: (user) => [
            ...(isVerified ? [] : verification.begin({ user, email, language })),
            groups.join(invitation.id, user),
            invitations.use(invitation),
          ],
          explain: () => find(token),
        },
      ),
    )
    const { id: user } = created.value
    const about = { actor: 'anonymous', user, invitation: invitation.id, origin }
    if (!created.replayed) security('sign_up', about)
    return created
  }

  return {
    /** The content of an invitation. @throws 404 if it was used or revoked, or has expired */
    check: ({ token }: { token: string }, origin: Origin): Promise<OpenInvitation> =>
      limitGuesses(origin, async () => toOpenInvitation(await find(token))),
    /**
     * @throws 404 as `check`; 409 if the name or the address is taken; 422 for a missing address,
     * or another than the invited one
     */
    accept: (request: AcceptanceRequest): Promise<Created<User>> =>
      limitGuesses(request.origin, () => accept(request)),
  }
}

function chooseAddress(invited: string | null, given: string | undefined): string {
  const email = given?.toLowerCase() ?? invited
  if (email === null) throw invalid([{ pointer: '#/email', detail: 'It is needed.' }])
  if (invited === null || invited === email) return email
  throw invalid([{ pointer: '#/email', detail: 'The invitation is for another address.' }])
}
