import type { Transporter } from 'nodemailer'
import type { Context } from '../context.ts'

// A slower server counts as unavailable.
const connectTimeout_ms = 10_000
const answerTimeout_ms = 20_000
// Also for one that keeps sending.
const tryTimeout_ms = 30_000

export interface MailText {
  subject: string
  text: string
  html: string
}

export interface Message extends MailText {
  /** The same for each attempt, so that duplicates are recognised. */
  id: string
  to: string
  /** Where bounces go, instead of to the sender. */
  bouncesTo?: string
  /** Further headers. */
  headers?: Record<string, string>
  attachments?: { filename: string; contentType: string; content: string }[]
}

/** Sends all mail. */
export interface Mailer {
  /** Whether mails are really delivered. */
  isReal: boolean
  /** @throws MailError */
  send: (message: Message) => Promise<void>
}

/** Why a mail was not sent: codes only, as servers' texts repeat addresses. */
export class MailError extends Error {
  /** The recipient or the text was refused permanently: RFC 5321 section 4.2.1. */
  readonly isPermanent: boolean
  /** The mailbox does not exist: RFC 3463 section 3.2, or an unambiguous reply code. */
  readonly isNoAddress: boolean
  /** The server was not reached, so other mails would fail as well. */
  readonly isAway: boolean

  constructor({ code = 'unknown', responseCode, command, response = '' }: SmtpFault) {
    super([code, command, responseCode].filter(Boolean).join(' '))
    this.name = 'MailError'
    const isRefused = responseCode !== undefined && isPermanentResponseCode(responseCode)
    // A server that does not relay for us refuses every address, until that is fixed.
    this.isNoAddress = isRefused && command === 'RCPT TO' && saysNoAddress(response, responseCode)
    this.isPermanent = this.isNoAddress || (isRefused && command === 'DATA')
    this.isAway = !/^(EENVELOPE|EMESSAGE)$/.test(code)
  }
}

interface SmtpFault {
  code?: string
  responseCode?: number
  command?: string
  /** All of the line. */
  response?: string
}

/** Whether a reply line says that the mailbox does not exist. */
export function saysNoAddress(response: string, code: number): boolean {
  const [, status] = /^5\d\d[ -](5\.\d+\.\d+)\b/.exec(response) ?? []
  return status === undefined ? [550, 551, 553].includes(code) : isNoAddress(status)
}

/** Whether a status of RFC 3463 says so; 5.1.7 and 5.1.8 are about the sender. */
export function isNoAddress(status: string): boolean {
  return /^5\.(?:1\.(?:[0-6]|9|10)|2\.1|4\.4)$/.test(status)
}

const isPermanentResponseCode = (code: number) => code >= 500 && code < 600 && code !== 503

/**
 * SMTP where `SMTP_URL` is set; else, in development, the log.
 * @returns undefined where neither is: no mail is sent
 */
export function createMailer({
  config,
  log,
}: {
  config: Pick<Context['config'], 'smtp' | 'production'>
  log: Pick<Context['log'], 'info'>
}): Mailer | undefined {
  if (config.smtp) return createSmtpMailer(config.smtp)
  if (config.production) return undefined
  return {
    isReal: false,
    send: async ({ to, subject, text }) => log.info('mail', { to, subject, text }),
  }
}

type Smtp = NonNullable<Context['config']['smtp']>

function createSmtpMailer({ url, from }: Smtp): Mailer {
  const { protocol, password, searchParams } = new URL(url)
  const isSecret = password !== '' && searchParams.get('requireTLS') !== 'false'
  let transport: Transporter | undefined
  // Loaded by the first mail: it costs each start 45 ms and 8 MB.
  const connect = async () => {
    const { createTransport } = await import('nodemailer')
    return (transport ??= createTransport({
      url,
      // A password must not be sent in the clear because an attacker hides STARTTLS.
      requireTLS: protocol === 'smtp:' && isSecret,
      connectionTimeout: connectTimeout_ms,
      greetingTimeout: connectTimeout_ms,
      socketTimeout: answerTimeout_ms,
      disableFileAccess: true,
      disableUrlAccess: true,
    }))
  }
  const domain = /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'
  return {
    isReal: true,
    send: async ({ id, to, bouncesTo, headers, ...content }) => {
      // As an object, so that a comma in it does not make two addresses.
      const recipient = { name: '', address: to }
      try {
        await (
          await connect()
        ).sendMail({
          messageId: `<${id}@${domain}>`,
          from,
          to: recipient,
          ...(bouncesTo && { envelope: { from: bouncesTo, to: recipient } }),
          // Prevents vacation notices (RFC 3834 section 5).
          headers: { 'Auto-Submitted': 'auto-generated', ...headers },
          signal: AbortSignal.timeout(tryTimeout_ms),
          ...content,
        })
      } catch (error) {
        throw new MailError(error as SmtpFault)
      }
    },
  }
}
