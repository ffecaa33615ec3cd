import { isAdministrator } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import { toClientSite } from '../../shared/host/client-address.ts'
import type { Context } from '../../shared/context.ts'
import type { SignUpMode } from '../../shared/host/config.ts'
import type { Creation } from '../../shared/idempotency.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { NewUser, SignUp as SignUpInfo, User } from '../../shared/schemas/user.ts'
import type { Origin, SecurityLog } from '../../shared/host/security-log.ts'
import type { Accounts } from './accounts.ts'
import type { Mail } from './mail/mail.ts'
import type { Language } from '../../shared/language.ts'
import { toRelyingParty } from './passkeys/relying-party.ts'
import type { Verification } from './recovery/verification.ts'
import type { SignUpLimit } from './sign-up-limit.ts'
import type { TakenLimit } from './taken-limit.ts'

export interface SignUpOptions {
  accounts: Accounts
  limitSignUps: SignUpLimit
  limitTaken: TakenLimit
  mail: Mail
  verification: Verification
  security: SecurityLog
}

export interface SignUpRequest extends Creation<NewUser> {
  origin: Origin
  language: Language
}

/** Sign-up by strangers: limited in number, and revealing little. */
export function createSignUp({ config }: Pick<Context, 'config'>, options: SignUpOptions) {
  const { accounts, limitSignUps, limitTaken, mail, verification, security } = options
  const { SIGN_UP: mode, SIGN_UP_DOMAINS: domains } = config

  async function create(request: SignUpRequest): Promise<Created<User>> {
    const { body, origin, idempotencyKey, language } = request
    await limitSignUps(origin)
    const email = body.email.toLowerCase()
    const also = (user: string) => verification.begin({ user, email, language })
    const run = () => accounts.create(body, { idempotencyKey, ...(mail.isReal && { also }) })
    return origin.address ? limitTaken(`site:${toClientSite(origin.address)}`, run) : run()
  }

  return {
    info: {
      open: mode === 'open',
      mode,
      domains,
      mail: mail.outbox !== undefined,
      passkeys: toRelyingParty(config.PUBLIC_URL)?.origin ?? null,
    } as SignUpInfo,
    /**
     * @throws 403 unless sign-up is open, or an administrator asks; 409 if the name or the address
     * is taken; 429 above the limits
     */
    signUp: async (request: SignUpRequest): Promise<Created<User>> => {
      const { body, caller, origin, idempotencyKey } = request
      const isTrusted = isAdministrator(caller)
      if (!isTrusted && mode !== 'open') throw closed(mode)
      const created = isTrusted
        ? await accounts.create(body, { idempotencyKey })
        : await create(request)
      const user = created.value.id
      if (!created.replayed) security('sign_up', { actor: caller.id, user, origin })
      return created
    },
  }
}

export type SignUp = ReturnType<typeof createSignUp>

const ways: Record<Exclude<SignUpMode, 'open'>, string> = {
  invited: 'Accounts are by invitation here. Ask an administrator for one.',
  domain: 'Ask for a link with POST /api/invitations/request.',
  closed: 'Sign-up is closed here. Ask an administrator for an account.',
}

function closed(mode: Exclude<SignUpMode, 'open'>): ProblemError {
  return new ProblemError({ status: 403, code: 'sign_up_closed', detail: ways[mode] })
}
