import type { Transporter } from 'nodemailer'
import type { Context } from '../context.ts'

// A server that is slower than this is as good as away.
const connectTimeout_ms = 10_000
const answerTimeout_ms = 20_000
// One that says something all the time, too.
const tryTimeout_ms = 30_000

export interface MailText {
  subject: string
  text: string
  html: string
}

export interface Message extends MailText {
  /** The same for each try, so that a mail that arrives twice is known to be one. */
  id: string
  to: string
  /** Where it is returned to when it does not arrive, instead of to its sender. */
  bouncesTo?: string
  /** Beside those of every mail. */
  headers?: Record<string, string>
  attachments?: { filename: string; contentType: string; content: string }[]
}

/** The port through which all mail goes. */
export interface Mailer {
  /** Whether mails reach those they are addressed to. */
  isReal: boolean
  /** @throws MailError */
  send: (message: Message) => Promise<void>
}

/** Why a mail was not sent: codes only, as what servers say repeats addresses. */
export class MailError extends Error {
  /** The recipient or the text was refused, and will be again: RFC 5321 section 4.2.1. */
  readonly isPermanent: boolean
  /** There is nobody at the address: RFC 3463 section 3.2, or a code that says so by itself. */
  readonly isNoAddress: boolean
  /** The server was not reached, so no other mail will be sent now either. */
  readonly isAway: boolean

  constructor({ code = 'unknown', responseCode, command, response = '' }: SmtpFault) {
    super([code, command, responseCode].filter(Boolean).join(' '))
    this.name = 'MailError'
    const isRefused = responseCode !== undefined && isPermanentResponseCode(responseCode)
    // A server that relays nothing for us refuses every address, until it is set right.
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

/** Whether a line of a server says that there is nobody at the address. */
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
      // A password is not sent for all to read because somebody in between hides STARTTLS.
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
      // As an object: a comma in it does not make it two.
      const recipient = { name: '', address: to }
      try {
        await (
          await connect()
        ).sendMail({
          messageId: `<${id}@${domain}>`,
          from,
          to: recipient,
          ...(bouncesTo && { envelope: { from: bouncesTo, to: recipient } }),
          // Vacation notices do not answer it (RFC 3834 section 5).
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
