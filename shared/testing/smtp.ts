import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface ReceivedMail {
  /** Of the envelope, which decides who receives it, and who receives bounces. */
  to: string[]
  from: string
  headers: string
  /** As it came. */
  source: Buffer
  subject: string
  text: string
  html: string
}

export interface SmtpForTest {
  url: string
  port: number
  mails: ReceivedMail[]
  /** Waits for the first mail to an address that was not returned before. */
  take: (to: string) => Promise<ReceivedMail>
  close: () => Promise<void>
}

const takeTimeout_ms = 20_000

/** A real SMTP server that keeps what it receives. */
export async function startSmtp(
  options: SMTPServerOptions & { port?: number } = {},
): Promise<SmtpForTest> {
  const mails: ReceivedMail[] = []
  const taken = new Set<ReceivedMail>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const to = envelope.rcptTo.map(({ address }) => address)
        const source = Buffer.concat(chunks)
        const { subject = '', text = '', html } = await simpleParser(source)
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        mails.push({
          to,
          from,
          source,
          headers: headersOf(source),
          subject,
          text,
          html: html || '',
        })
        done()
      })
    },
    ...options,
  })
  // A killed client is not a fault of the server.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo

  async function take(to: string): Promise<ReceivedMail> {
    const end = Date.now() + takeTimeout_ms
    while (Date.now() < end) {
      const mail = mails.find((each) => each.to.includes(to) && !taken.has(each))
      if (mail) {
        taken.add(mail)
        return mail
      }
      await Bun.sleep(20)
    }
    throw new Error(`No mail came to ${to}`)
  }

  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    take,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** What follows # in the link of a mail. */
export function tokenOf({ text }: Pick<ReceivedMail, 'text'>): string {
  return /#([\w.-]+)/.exec(text)?.[1] ?? ''
}

function headersOf(source: Buffer): string {
  const [head = ''] = source.toString('latin1').split('\r\n\r\n')
  return head.replace(/\r\n\s+/g, ' ')
}
