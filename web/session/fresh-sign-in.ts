import { signal } from '@preact/signals'
import type { FreshSignIn, Identity } from '../../shared/schemas/identity-provider.ts'
import { api, ask } from '../api.ts'
import { path } from '../router.ts'
import { leaveFor } from './pending-sign-in.ts'
import { user } from './session.ts'

interface Kept extends FreshSignIn {
  userId: string
  /** The provider's. */
  name: string
}

// Only until the page is left: it is as good as a password.
const kept = signal<Kept | undefined>(undefined)

export function keepFresh(fresh: FreshSignIn, name: string): void {
  kept.value = { ...fresh, name, userId: user.value?.id ?? '' }
}

/** The proof to send instead of a password; undefined without a fresh sign-in. */
export function readFresh(): Kept | undefined {
  const fresh = kept.value
  const isGood = fresh && fresh.userId === user.value?.id && Date.parse(fresh.expires) > Date.now()
  return isGood ? fresh : undefined
}

/** Goes to the provider, to return to this page. @throws ProblemError */
export async function signInAgain({ id, provider_id, provider_name }: Identity): Promise<void> {
  const begun = await ask(api.users.identities({ id }).confirm.post())
  const about = { provider: provider_id, purpose: 'confirm', name: provider_name } as const
  leaveFor(begun, { ...about, to: path.value })
}
