import { isNoAddress, saysNoAddress } from '../../../shared/mail/mailer.ts'

/** What a mail server says of a mail that it had taken: RFC 3464. */
export interface Bounce {
  /** What may be ids of ours, in what it returns of the mail. */
  ids: string[]
  /** Whether there is nobody at the address. */
  isNoAddress: boolean
  /** As it is said: `5.1.1`. */
  status: string
}

// As `createMessageIds` writes them.
const id = /([-\da-f]{36}\.[-\da-f]{36}\.[\w-]{11}\.[\w-]{43})@/g
const idsMax = 10

/** @returns undefined for any other mail, and for one that is only late */
export function readBounce(mail: string): Bounce | undefined {
  const text = mail.replace(/=\r?\n/g, '').replace(/\r?\n[ \t]+/g, ' ')
  const isReport = /^Content-Type: *message\/(?:global-)?delivery-status\b/im.test(text)
  if (!isReport || !/^Action: *failed\b/im.test(text)) return undefined
  const [, status = ''] = /^Status: *(5\.\d{1,3}\.\d{1,3})\b/im.exec(text) ?? []
  const [, said = ''] = /^Diagnostic-Code: *smtp; *([^\r\n]{3,500})/im.exec(text) ?? []
  const ids = [...text.matchAll(id)].slice(0, idsMax).map(([, one = '']) => one)
  // A status of its own is more exact than the line of the server that it came from.
  const isGone = /^5\.0\.0$|^$/.test(status)
    ? saysNoAddress(said, Number(said.slice(0, 3)))
    : isNoAddress(status)
  return { ids, isNoAddress: isGone, status }
}
