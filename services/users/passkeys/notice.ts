import type { SQL } from 'drizzle-orm'
import type { Mail } from '../mail/mail.ts'
import type { Language } from '../../../shared/language.ts'
import type { UserRow } from '../tables.ts'

export type PasskeyNotice = (
  user: UserRow,
  kind: 'passkey_added' | 'passkey_removed',
  language: Language,
) => SQL[]

/**
 * Statements for the commit that adds or removes a passkey: they notify its owner, whoever did it.
 * None if mail is off or the address is not verified.
 */
export function createPasskeyNotice({ isReal, outbox }: Mail): PasskeyNotice {
  return ({ email, verified_email, username }, kind, language) =>
    isReal && outbox && verified_email === email
      ? [outbox.add({ kind, recipient: email, language, detail: username })]
      : []
}
