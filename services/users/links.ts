import type { Context } from '../../shared/context.ts'
import { conflict } from '../../shared/problem.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'

/** What a link lets its reader do, and the page of the console that does it. */
const pages = {
  invitation: '/join',
  password: '/set-password',
  address: '/confirm-address',
  keep: '/keep-address',
} as const

export type LinkKind = keyof typeof pages

/**
 * Links that carry the id of a row under our seal. No token is in the database, and one of a kind
 * is none of another. It is in the fragment, which browsers send to nobody.
 */
export function createLinks({ config, secret }: Pick<Context, 'config' | 'secret'>) {
  const seals = Object.fromEntries(
    Object.keys(pages).map((kind) => [kind, createSealedTokens(secret, `links: ${kind}`)]),
  ) as Record<LinkKind, ReturnType<typeof createSealedTokens>>

  /** The console's address. @throws 409 where it is not known: no request is believed */
  function requireOrigin(): string {
    if (config.publicUrl) return config.publicUrl
    const detail = 'Links need an address: set PUBLIC_URL to where people open Campus.'
    throw conflict('public_url_not_set', detail)
  }

  return {
    requireOrigin,
    /** @throws 409 `public_url_not_set` */
    toLink: (kind: LinkKind, id: string): string =>
      `${requireOrigin()}${pages[kind]}#${seals[kind].write([id])}`,
    /** @returns the id of its row; undefined for a token that is none of ours, of this kind */
    readToken: (kind: LinkKind, token: string): string | undefined => seals[kind].read(token)?.[0],
  }
}

export type Links = ReturnType<typeof createLinks>
