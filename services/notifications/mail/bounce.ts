import { isNoAddress, saysNoAddress } from '../../../shared/mail/mailer.ts'

/** A mail server's report about an accepted mail: RFC 3464. */
export interface Bounce {
  /** Possible message ids of ours, from the returned mail. */
  ids: string[]
  /** Empty for any other mail, and for one that is only delayed. */
  failures: Failure[]
}

interface Failure {
  /** The final and the original recipient. */
  recipients: string[]
  /** Whether the address does not exist. */
  isNoAddress: boolean
  /** As reported: `5.1.1`. */
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
  // A group of lines per recipient.
  const failed = text.split('\n\n').filter((group) => /^Action: *failed\b/im.test(group))
  return { ids, failures: failed.slice(0, failuresMax).map(readFailure) }
}

function readFailure(group: string): Failure {
  const named = /^(?:Final|Original)-Recipient: *(?:[\w-]+ *; *)?<?([^\s<>]*)/gim
  const recipients = [...group.matchAll(named)].slice(0, 2).map(([, one = '']) => one)
  const [, status = ''] = /^Status: *(5\.\d{1,3}\.\d{1,3})\b/im.exec(group) ?? []
  const [, said = ''] = /^Diagnostic-Code: *smtp; *([^\n]{3,500})/im.exec(group) ?? []
  // A specific status is more precise than the quoted reply of the server.
  const isGone = /^5\.0\.0$|^$/.test(status)
    ? saysNoAddress(said, Number(said.slice(0, 3)))
    : isNoAddress(status)
  return { recipients, isNoAddress: isGone, status }
}
