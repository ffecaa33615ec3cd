import { isAdministrator } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import { toClientSite } from '../../shared/host/client-address.ts'
import type { Context } from '../../shared/context.ts'
import type { Creation } from '../../shared/idempotency.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { NewUser, User } from '../../shared/schemas/user.ts'
import type { Origin, SecurityLog } from '../../shared/host/security-log.ts'
import type { Accounts } from './accounts.ts'
import type { Allowance, Attempts } from './attempts.ts'
import type { TakenLimit } from './taken-limit.ts'

const hour_ms = 60 * 60_000
// Of all sites together.
const allFactor = 10

export interface SignUpOptions {
  accounts: Accounts
  attempts: Attempts
  limitTaken: TakenLimit
  security: SecurityLog
}

export interface SignUpRequest extends Creation<NewUser> {
  origin: Origin
}

/** How strangers get an account: as many as are let in, and told little. */
export function createSignUp(
  { config }: Pick<Context, 'config'>,
  { accounts, attempts, limitTaken, security }: SignUpOptions,
) {
  const { signUp: perHour } = config.limits
  const [perSite, inAll] = [allow(perHour), allow(perHour * allFactor)]

  async function create({ body, origin, idempotencyKey }: SignUpRequest): Promise<Created<User>> {
    const site = origin.address && toClientSite(origin.address)
    if (site) await attempts.consume(`sign-up:${site}`, perSite)
    await attempts.consume('sign-up', inAll)
    const run = () => accounts.create(body, 'member', idempotencyKey)
    return site ? limitTaken(`site:${site}`, run) : run()
  }

  return {
    isOpen: config.isSignUpOpen,
    /**
     * @throws 403 when sign-up is closed, unless an administrator asks; 409 when the name or the
     *   address is taken; 429 after too many
     */
    signUp: async (request: SignUpRequest): Promise<Created<User>> => {
      const { body, caller, origin, idempotencyKey } = request
      const isTrusted = isAdministrator(caller)
      if (!isTrusted && !config.isSignUpOpen) throw closed()
      const created = isTrusted
        ? await accounts.create(body, 'member', idempotencyKey)
        : await create(request)
      const user = created.value.id
      if (!created.replayed) security('sign_up', { actor: caller.id, user, origin })
      return created
    },
  }
}

export type SignUp = ReturnType<typeof createSignUp>

// Each costs the same, past the allowance too.
function allow(count: number): Allowance {
  return {
    count,
    window_ms: hour_ms,
    costMax_ms: hour_ms / count,
    code: 'too_many_sign_ups',
    what: 'sign-ups from here',
  }
}

function closed(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'sign_up_closed',
    detail: 'Sign-up is closed here. Ask an administrator for an account.',
  })
}
