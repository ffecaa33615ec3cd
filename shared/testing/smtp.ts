import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface ReceivedMail {
  /** Of the envelope, which decides who gets it. */
  to: string[]
  headers: string
  /** As it came. */
  source: Buffer
  subject: string
  text: string
}

export interface SmtpForTest {
  url: string
  port: number
  mails: ReceivedMail[]
  /** The first mail to an address that was not returned before, once it is there. */
  take: (to: string) => Promise<ReceivedMail>
  close: () => Promise<void>
}

const takeTimeout_ms = 20_000

/** A real SMTP server that keeps what it is sent. */
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
      stream.on('end', () => {
        const to = envelope.rcptTo.map(({ address }) => address)
        const source = Buffer.concat(chunks)
        mails.push({ to, source, ...parse(source.toString('latin1')) })
        done()
      })
    },
    ...options,
  })
  // A client that was killed is no fault of the server.
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

function parse(raw: string): Omit<ReceivedMail, 'to' | 'source'> {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const headers = head.replace(/\r\n\s+/g, ' ')
  const body = rest.join('\r\n\r\n')
  const isBase64 = /^Content-Transfer-Encoding: base64/im.test(headers)
  const bytes = Buffer.from(isBase64 ? body : decodeQuoted(body), isBase64 ? 'base64' : 'latin1')
  const subject = /^Subject: (.*)$/m.exec(headers)?.[1] ?? ''
  return { headers, subject: decodeWords(subject), text: bytes.toString().replaceAll('\r\n', '\n') }
}

/** RFC 2045 section 6.7, as bytes in Latin-1. */
function decodeQuoted(text: string): string {
  const whole = text.replace(/=\r\n/g, '')
  return whole.replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

/** RFC 2047: words such as `=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=`. */
function decodeWords(text: string): string {
  const words = text.replace(/\?=\s+=\?/g, '?==?')
  return words.replace(/=\?UTF-8\?([QB])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
    kind.toUpperCase() === 'B'
      ? Buffer.from(word, 'base64').toString()
      : Buffer.from(decodeQuoted(word.replaceAll('_', ' ')), 'latin1').toString(),
  )
}
