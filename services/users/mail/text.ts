import type { Language } from '../../../shared/language.ts'
import type { MailText } from '../../../shared/mail/mailer.ts'

/** What mails are about. */
export type MailKind =
  | 'invitation'
  | 'password'
  | 'address'
  | 'keep'
  | 'taken'
  | 'passkey_added'
  | 'passkey_removed'

export interface MailContent {
  kind: MailKind
  language: Language
  /** A name, or empty: strangers choose theirs, and it is told only to who proved to be them. */
  name: string
  link: string
  /** When the link expires, in milliseconds since 1970; undefined where there is none. */
  expires: number | undefined
}

type Write = (content: { name: string; link: string; until: string }) => MailText

const texts: Record<Language, Record<MailKind, Write>> = {
  en: {
    invitation: ({ name, link, until }) => ({
      subject: 'Your invitation to Campus',
      text: `${name ? `${name} invites you` : 'You are invited'} to Campus.

Choose a name and a password:
${link}

The link works once, until ${until}.`,
    }),
    password: ({ name, link, until }) => ({
      subject: 'Set a new password',
      text: `Somebody asked for a new password for your Campus account${name && ` ${name}`}.

If it was you, set it here:
${link}

The link works once, until ${until}. If it was not you, ignore this mail:
your password stays as it is.`,
    }),
    address: ({ link, until }) => ({
      subject: 'Confirm your email address',
      text: `This address was given for a Campus account. Confirm that it is yours:
${link}

The link works once, until ${until}. If you have no account there, ignore
this mail.`,
    }),
    keep: ({ name, link, until }) => ({
      subject: 'Your email address is about to change',
      text: `Somebody asked to change the address of your Campus account ${name}.

If it was you, there is nothing to do here: confirm the new address with
the mail that was sent to it.

If it was not you, keep this address and set a new password:
${link}

That works until ${until}, even when the change was confirmed, and logs
out everyone who is logged in to your account.`,
    }),
    taken: ({ link }) => ({
      subject: 'You already have an account',
      text: `Somebody gave this address for a Campus account, but there is one with it
already. If you forgot its password, set a new one:
${link}

If it was not you, ignore this mail.`,
    }),
    passkey_added: ({ name, link }) => ({
      subject: 'A passkey was added to your account',
      text: `A passkey was added to your Campus account ${name}. It opens the account.

If it was not you, set a new password, then remove the passkey in your
account:
${link}`,
    }),
    passkey_removed: ({ name, link }) => ({
      subject: 'A passkey was removed from your account',
      text: `A passkey was removed from your Campus account ${name}. It no longer opens
the account.

If it was neither you nor an administrator, set a new password:
${link}`,
    }),
  },
  de: {
    invitation: ({ name, link, until }) => ({
      subject: 'Ihre Einladung zu Campus',
      text: `${name ? `${name} lädt Sie` : 'Sie sind'} zu Campus ${name ? 'ein' : 'eingeladen'}.

Wählen Sie einen Namen und ein Passwort:
${link}

Der Link funktioniert einmal, bis ${until}.`,
    }),
    password: ({ name, link, until }) => ({
      subject: 'Neues Passwort festlegen',
      text: `Für Ihr Campus-Konto${name && ` ${name}`} wurde ein neues Passwort angefordert.

Wenn Sie das waren, legen Sie es hier fest:
${link}

Der Link funktioniert einmal, bis ${until}. Wenn Sie es nicht waren,
ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.`,
    }),
    address: ({ link, until }) => ({
      subject: 'E-Mail-Adresse bestätigen',
      text: `Diese Adresse wurde für ein Campus-Konto angegeben. Bestätigen Sie, dass
sie Ihnen gehört:
${link}

Der Link funktioniert einmal, bis ${until}. Wenn Sie dort kein Konto haben,
ignorieren Sie diese E-Mail.`,
    }),
    keep: ({ name, link, until }) => ({
      subject: 'Ihre E-Mail-Adresse soll geändert werden',
      text: `Die Adresse Ihres Campus-Kontos ${name} soll geändert werden.

Wenn Sie das waren, ist hier nichts zu tun: Bestätigen Sie die neue Adresse
mit der E-Mail, die dorthin ging.

Wenn Sie es nicht waren, behalten Sie diese Adresse und legen Sie ein neues
Passwort fest:
${link}

Das geht bis ${until}, auch wenn die Änderung schon bestätigt wurde, und
meldet alle ab, die in Ihrem Konto angemeldet sind.`,
    }),
    taken: ({ link }) => ({
      subject: 'Sie haben schon ein Konto',
      text: `Diese Adresse wurde für ein Campus-Konto angegeben, aber es gibt schon eines
mit ihr. Wenn Sie das Passwort vergessen haben, legen Sie ein neues fest:
${link}

Wenn Sie es nicht waren, ignorieren Sie diese E-Mail.`,
    }),
    passkey_added: ({ name, link }) => ({
      subject: 'Zu Ihrem Konto wurde ein Passkey hinzugefügt',
      text: `Zu Ihrem Campus-Konto ${name} wurde ein Passkey hinzugefügt. Er öffnet das Konto.

Wenn Sie das nicht waren, legen Sie ein neues Passwort fest und entfernen
Sie den Passkey in Ihrem Konto:
${link}`,
    }),
    passkey_removed: ({ name, link }) => ({
      subject: 'Von Ihrem Konto wurde ein Passkey entfernt',
      text: `Von Ihrem Campus-Konto ${name} wurde ein Passkey entfernt. Er öffnet das Konto
nicht mehr.

Wenn das weder Sie noch die Administration waren, legen Sie ein neues
Passwort fest:
${link}`,
    }),
  },
}

/** Subject and plain text of a mail. */
export function writeMail({ kind, language, name, link, expires = 0 }: MailContent): MailText {
  const { subject, text } = texts[language][kind]({ name, link, until: toDay(expires, language) })
  return { subject, text: `${text}\n` }
}

function toDay(time_ms: number, language: Language): string {
  const format = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return `${format.format(time_ms)} UTC`
}
