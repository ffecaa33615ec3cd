import { and, eq, gt } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Language } from '../../../shared/language.ts'
import type { AccountMail } from '../../../shared/mail/account-mails.ts'
import { layOut } from '../../../shared/mail/layout.ts'
import { sayTime } from '../../../shared/mail/say-time.ts'
import { createTemplates } from '../../../shared/mail/templates.ts'
import { hasLink } from '../invitations/link.ts'
import type { Links } from '../links.ts'
import type { UsersTables } from '../tables.ts'
import type { WriteText } from './mail.ts'
import type { MailRow } from './tables.ts'

/** Composes a mail when it is sent; skipped if it was revoked, used or replaced meanwhile. */
export function createMailWriter(
  context: Pick<Context, 'store' | 'clock' | 'config' | 'log'>,
  { invitations, confirmations }: UsersTables,
  links: Links,
): WriteText {
  const { store, clock, config } = context
  const templates = createTemplates(context)

  async function readExpiry({ kind, reference }: MailRow): Promise<number | undefined> {
    if (reference === null) return undefined
    const table = kind === 'invitation' ? invitations : confirmations
    const isIt =
      kind === 'invitation' ? hasLink(invitations, reference) : eq(confirmations.id, reference)
    const [row] = await store.db
      .select({ expires: table.expires })
      .from(table)
      .where(and(isIt, gt(table.expires, clock())))
    return row?.expires
  }

  async function readLink(mail: MailRow): Promise<{ link: string; expires?: number } | undefined> {
    const kind = mail.kind as AccountMail
    if (kind === 'taken' || kind === 'passkey_added' || kind === 'passkey_removed') {
      return { link: `${links.requireOrigin()}/forgot-password` }
    }
    const expires = await readExpiry(mail)
    if (expires === undefined || mail.reference === null) return undefined
    return { link: links.toLink(kind, mail.reference), expires }
  }

  return async (mail) => {
    const found = await readLink(mail)
    if (!found) return undefined
    const { link, expires } = found
    const language = mail.language as Language
    const until = expires && sayTime(expires, { language, time_zone: config.TIME_ZONE })
    const values = { name: mail.detail, link, ...(until && { until }) }
    const written = await templates.write(`account.${mail.kind as AccountMail}`, language, values)
    return layOut({ ...written, footer: '', language, home: links.requireOrigin() })
  }
}
