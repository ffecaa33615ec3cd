import type { BegunSignIn } from '../../shared/schemas/identity-provider.ts'
import { sendUnsigned } from './session.ts'

// Of this tab alone, and gone with it: a callback that somebody was lured to finds nothing here.
const pendingKey = 'campus.sign_in'

/** What a provider is expected to come back to. */
export interface Pending {
  provider: string
  flow: string
  purpose: 'sign_in' | 'connect' | 'confirm'
  /** Of the provider, where it is confirmed. */
  name?: string
  /** Where to go then. */
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

/** Once: a page that is read again finds nothing. */
export function takePending(): Pending | undefined {
  const kept = sessionStorage.getItem(pendingKey)
  sessionStorage.removeItem(pendingKey)
  return kept ? (JSON.parse(kept) as Pending) : undefined
}
