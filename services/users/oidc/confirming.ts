import type { SecurityLog } from '../../../shared/host/security-log.ts'
import { toInstant } from '../../../shared/instant.ts'
import { toActor, type Asker } from '../../../shared/origin.ts'
import { notFound, ProblemError } from '../../../shared/problem.ts'
import type {
  BegunSignIn,
  FreshSignIn,
  SignInCallback,
} from '../../../shared/schemas/identity-provider.ts'
import type { FreshSignIns } from '../fresh-sign-in.ts'
import { flowLife_ms } from './flows.ts'
import type { Identities } from './identities.ts'
import type { Providers } from './providers.ts'
import type { SignInSteps } from './sign-in.ts'
import { minute_ms } from '../../../shared/duration.ts'

// Between two clocks. A login there this recent is a fresh proof.
const clockSkewMax_ms = minute_ms

export interface ConfirmingOptions {
  freshSignIns: FreshSignIns
  identities: Identities
  providers: Providers
  security: SecurityLog
}

/** Signing in again by a provider, to confirm the logged-in user. */
export function createConfirming(
  { begin, readReturn }: SignInSteps,
  { freshSignIns, identities, providers, security }: ConfirmingOptions,
) {
  return {
    /** @param id one of the caller's identities. @throws 404; 409 without PUBLIC_URL; 503 */
    beginConfirming: async (id: string, { caller, origin }: Asker): Promise<BegunSignIn> => {
      const own = (await identities.listOf(caller)).find((identity) => identity.id === id)
      if (!own) throw notFound('identity', id)
      const provider = await providers.find(own.provider_id)
      return begin(provider, { purpose: 'confirm', user: caller.id, origin })
    },
    /**
     * @returns the proof accepted instead of a password
     * @throws 400 if another user began it; 403 if it is another user there, or an old login; 503
     */
    confirm: async (body: SignInCallback, asker: Asker): Promise<FreshSignIn> => {
      const { caller, origin } = asker
      const { flow, provider, claims, refund } = await readReturn(body, 'confirm', origin)
      const refuse = (reason: string, problem: ProblemError) => {
        security('sign_in_refused', { ...toActor(asker), provider: provider.id, reason })
        return problem
      }
      const user = await identities.findUser({ provider: provider.id, subject: claims.subject })
      // The tab may have stayed open while another user logged in, here or there.
      if (flow.user !== caller.id || user?.id !== caller.id) {
        throw refuse('other_subject', notYou(provider.name))
      }
      // Someone with only a stolen browser session could remove `prompt` from the URL.
      const since_ms = flow.expires - flowLife_ms - clockSkewMax_ms
      const isAgain = (claims.authenticated ?? -Infinity) * 1000 >= since_ms
      if (!isAgain) throw refuse('not_again', notAgain(provider.name))
      await refund()
      security('identity_confirmed', {
        ...toActor(asker),
        user: caller.id,
        provider: provider.id,
      })
      const { proof, expires_ms } = freshSignIns.write(caller.id)
      return { proof, expires: toInstant(expires_ms) ?? '' }
    },
  }
}

function notYou(name: string): ProblemError {
  const detail = `You signed in to ${name} as somebody else. Log out there, and try again.`
  return new ProblemError({ status: 403, code: 'sign_in_refused', detail })
}

function notAgain(name: string): ProblemError {
  const detail =
    `${name} did not say that you have just signed in there. Set a password with "Forgot ` +
    'password?" instead, or try again.'
  return new ProblemError({ status: 403, code: 'sign_in_not_renewed', detail })
}
