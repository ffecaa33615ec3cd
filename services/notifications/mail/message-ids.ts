import { createHash } from 'node:crypto'
import type { Context } from '../../../shared/context.ts'
import { createSealedTokens } from '../../../shared/sealed-token.ts'

/** What a mail was, by its Message-ID. */
export interface Sent {
  mail: string
  user: string
  /** Milliseconds since 1970. */
  made_ms: number
}

/**
 * Message-IDs that say to whom a mail went, under our seal: only who got it knows one, so nobody
 * can say of another that their address refuses mail.
 */
export function createMessageIds({ secret }: Pick<Context, 'secret'>) {
  const tokens = createSealedTokens(secret, 'message ids')
  return {
    write: ({ mail, user, made_ms }: Sent, address: string): string =>
      tokens.write([mail, user, digest(address), made_ms.toString(36)]),
    /** @returns undefined unless it is of a mail of ours */
    read(id: string): (Sent & { wasTo: (address: string) => boolean }) | undefined {
      const [mail, user, of, made] = tokens.read(id) ?? []
      if (mail === undefined || user === undefined || made === undefined) return undefined
      return { mail, user, made_ms: parseInt(made, 36), wasTo: (one) => digest(one) === of }
    },
  }
}

export type MessageIds = ReturnType<typeof createMessageIds>

function digest(address: string): string {
  const folded = address.toLowerCase()
  return createHash('sha256').update(folded).digest('base64url').slice(0, 11)
}
