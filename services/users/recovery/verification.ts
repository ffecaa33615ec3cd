import type { SQL } from 'drizzle-orm'
import type { Mail } from '../mail/mail.ts'
import type { Language } from '../../../shared/language.ts'
import type { Confirmations } from './confirmations.ts'

export interface NewVerification {
  user: string
  email: string
  language: Language
}

/** Requests proof of an address, if mail is on. */
export function createVerification(
  { id }: { id: () => string },
  { confirmations, mail }: { confirmations: Confirmations; mail: Mail },
) {
  /** Statements for the commit that creates or changes the account; none if mail is off. */
  function begin({ user, email, language }: NewVerification): SQL[] {
    if (!mail.isReal || !mail.outbox) return []
    const reference = id()
    // Strangers choose names and addresses, so the mail does not repeat the name.
    const about = { kind: 'address', recipient: email, language, reference, detail: '' } as const
    return [
      ...confirmations.begin({ id: reference, user, purpose: 'address', email }),
      mail.outbox.add(about),
    ]
  }

  return { begin }
}

export type Verification = ReturnType<typeof createVerification>
