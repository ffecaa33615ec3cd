import { createHash } from 'node:crypto'
import type { Context } from '../../../shared/context.ts'
import { createSealedTokens } from '../../../shared/sealed-token.ts'

/** What a mail was, by its Message-ID. */
export interface Sent {
  mail: string
  user: string
}

/**
 * Message-IDs that say to whom a mail went, under our seal: only who got it knows one, so nobody
 * can say of another that their address refuses mail.
 */
export function createMessageIds({ secret }: Pick<Context, 'secret'>) {
  const tokens = createSealedTokens(secret, 'message ids')
  return {
    write: ({ mail, user }: Sent, address: string): string =>
      tokens.write([mail, user, digest(address)]),
    /** @returns undefined unless it is of a mail of ours */
    read(id: string): (Sent & { wasTo: (address: string) => boolean }) | undefined {
      const [mail, user, of] = tokens.read(id) ?? []
      if (mail === undefined || user === undefined) return undefined
      return { mail, user, wasTo: (address) => digest(address) === of }
    },
  }
}

export type MessageIds = ReturnType<typeof createMessageIds>

function digest(address: string): string {
  return createHash('sha256').update(address).digest('base64url').slice(0, 11)
}
