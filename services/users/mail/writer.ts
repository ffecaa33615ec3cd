import { and, eq, gt } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Links } from '../links.ts'
import type { UsersTables } from '../tables.ts'
import type { WriteText } from './mail.ts'
import type { MailRow } from './tables.ts'
import type { Language } from '../../../shared/language.ts'
import { writeMail, type MailKind } from './text.ts'

/** Writes a mail when it is sent: what was revoked, used or replaced meanwhile is not sent. */
export function createMailWriter(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { invitations, confirmations }: UsersTables,
  links: Links,
): WriteText {
  async function readExpiry({ kind, reference }: MailRow): Promise<number | undefined> {
    if (reference === null) return undefined
    const table = kind === 'invitation' ? invitations : confirmations
    const [row] = await store.db
      .select({ expires: table.expires })
      .from(table)
      .where(and(eq(table.id, reference), gt(table.expires, clock())))
    return row?.expires
  }

  return async (mail) => {
    const kind = mail.kind as MailKind
    const about = { language: mail.language as Language, name: mail.detail }
    if (kind === 'taken' || kind === 'passkey_added' || kind === 'passkey_removed') {
      const link = `${links.requireOrigin()}/forgot-password`
      return writeMail({ ...about, kind, link, expires: undefined })
    }
    const expires = await readExpiry(mail)
    if (expires === undefined || mail.reference === null) return undefined
    return writeMail({ ...about, kind, link: links.toLink(kind, mail.reference), expires })
  }
}
