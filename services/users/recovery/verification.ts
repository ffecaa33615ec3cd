import type { SQL } from 'drizzle-orm'
import type { Mail } from '../mail/mail.ts'
import type { Language } from '../../../shared/language.ts'
import type { Confirmations } from './confirmations.ts'

export interface NewVerification {
  user: string
  email: string
  language: Language
}

/** Asks for proof that an address is its owner's, where mail reaches people. */
export function createVerification(
  { id }: { id: () => string },
  { confirmations, mail }: { confirmations: Confirmations; mail: Mail },
) {
  /** Statements of the commit that makes or changes the account; none where no mail is sent. */
  function begin({ user, email, language }: NewVerification): SQL[] {
    if (!mail.isReal || !mail.outbox) return []
    const reference = id()
    // Strangers choose their names, and whose address they give: the mail does not repeat one.
    const about = { kind: 'address', recipient: email, language, reference, detail: '' } as const
    return [
      ...confirmations.begin({ id: reference, user, purpose: 'address', email }),
      mail.outbox.add(about),
    ]
  }

  return { begin }
}

export type Verification = ReturnType<typeof createVerification>
