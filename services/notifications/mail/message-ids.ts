import { hash } from 'node:crypto'
import type { Context } from '../../../shared/context.ts'
import { createSealedTokens } from '../../../shared/sealed-token.ts'

/** The mail identified by a Message-ID. */
export interface Sent {
  mail: string
  user: string
  /** Milliseconds since 1970. */
  made_ms: number
}

/**
 * Message-IDs with a sealed recipient: only the recipient knows one, so nobody can report another's
 * address as bouncing.
 */
export function createMessageIds({ secret }: Pick<Context, 'secret'>) {
  const tokens = createSealedTokens(secret, 'message ids')
  return {
    write: ({ mail, user, made_ms }: Sent, address: string): string =>
      tokens.write([mail, user, digest(address), made_ms.toString(36)]),
    /** @returns undefined unless it is one of ours */
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
  return hash('sha256', folded, 'base64url').slice(0, 11)
}
