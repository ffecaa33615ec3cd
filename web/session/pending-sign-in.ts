import type { BegunSignIn } from '../../shared/schemas/identity-provider.ts'
import { sendUnsigned } from './session.ts'

// Stored per tab: a callback that a user was lured to finds nothing here.
const pendingKey = 'campus.sign_in'

/** The expected return from a provider. */
export interface Pending {
  provider: string
  flow: string
  purpose: 'sign_in' | 'connect' | 'confirm'
  /** The provider, when confirming. */
  name?: string
  /** Where to go afterwards. */
  to: string
}

/** Sends the browser to the provider. */
export function leaveFor({ url, flow }: BegunSignIn, about: Omit<Pending, 'flow'>): void {
  sessionStorage.setItem(pendingKey, JSON.stringify({ ...about, flow }))
  location.assign(url)
}

/** @throws ProblemError */
export async function beginSignIn(provider: string, to: string): Promise<void> {
  const begun = await sendUnsigned<BegunSignIn>(`/api/login/providers/${provider}`, {})
  leaveFor(begun, { provider, purpose: 'sign_in', to })
}

/** Once: a reloaded page finds nothing. */
export function takePending(): Pending | undefined {
  const kept = sessionStorage.getItem(pendingKey)
  sessionStorage.removeItem(pendingKey)
  return kept ? (JSON.parse(kept) as Pending) : undefined
}
