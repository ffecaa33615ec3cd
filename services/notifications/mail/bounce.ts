import { isNoAddress, saysNoAddress } from '../../../shared/mail/mailer.ts'

/** What a mail server says of a mail that it had taken: RFC 3464. */
export interface Bounce {
  /** What may be ids of ours, in what it returns of the mail. */
  ids: string[]
  /** None in any other mail, and in one that is only late. */
  failures: Failure[]
}

interface Failure {
  /** Whom it names: where the mail went in the end, and at first. */
  recipients: string[]
  /** Whether there is nobody at the address. */
  isNoAddress: boolean
  /** As it is said: `5.1.1`. */
  status: string
}

// As `createMessageIds` writes them.
const id = /([-\da-f]{36}\.[-\da-f]{36}\.[\w-]{11}\.[\da-z]{8,9}\.[\w-]{43})@/g
const idsMax = 10
const failuresMax = 10

export function readBounce(mail: string): Bounce {
  const lines = mail.replaceAll('\r\n', '\n')
  const text = lines.replaceAll('=\n', '').replace(/\n[ \t]+/g, ' ')
  const isReport = /^Content-Type: *message\/(?:global-)?delivery-status\b/im.test(text)
  if (!isReport) return { ids: [], failures: [] }
  const ids = [...text.matchAll(id)].slice(0, idsMax).map(([, one = '']) => one)
  // Of each recipient, a group of lines.
  const failed = text.split('\n\n').filter((group) => /^Action: *failed\b/im.test(group))
  return { ids, failures: failed.slice(0, failuresMax).map(readFailure) }
}

function readFailure(group: string): Failure {
  const named = /^(?:Final|Original)-Recipient: *(?:[\w-]+ *; *)?<?([^\s<>]*)/gim
  const recipients = [...group.matchAll(named)].slice(0, 2).map(([, one = '']) => one)
  const [, status = ''] = /^Status: *(5\.\d{1,3}\.\d{1,3})\b/im.exec(group) ?? []
  const [, said = ''] = /^Diagnostic-Code: *smtp; *([^\n]{3,500})/im.exec(group) ?? []
  // A status of its own is more exact than the line of the server that it came from.
  const isGone = /^5\.0\.0$|^$/.test(status)
    ? saysNoAddress(said, Number(said.slice(0, 3)))
    : isNoAddress(status)
  return { recipients, isNoAddress: isGone, status }
}
