import type { Context } from '../../shared/context.ts'
import { conflict } from '../../shared/problem.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'

/** What a link allows, and the console page that does it. */
const pages = {
  invitation: '/join',
  password: '/set-password',
  address: '/confirm-address',
  keep: '/keep-address',
} as const

export type LinkKind = keyof typeof pages

/**
 * Links with a sealed row id. No token is stored in the database, and the kinds are not
 * interchangeable. The token is in the fragment, which browsers do not send.
 */
export function createLinks({ config, secret }: Pick<Context, 'config' | 'secret'>) {
  const seals = Object.fromEntries(
    Object.keys(pages).map((kind) => [kind, createSealedTokens(secret, `links: ${kind}`)]),
  ) as Record<LinkKind, ReturnType<typeof createSealedTokens>>

  /** The console's address. @throws 409 if it is not configured, as no request is trusted for it */
  function requireOrigin(): string {
    if (config.PUBLIC_URL) return config.PUBLIC_URL
    const detail = 'Links need an address. Set PUBLIC_URL to the address of Campus.'
    throw conflict('public_url_not_set', detail)
  }

  return {
    requireOrigin,
    /** @throws 409 `public_url_not_set` */
    toLink: (kind: LinkKind, id: string): string =>
      `${requireOrigin()}${pages[kind]}#${seals[kind].write([id])}`,
    /** @returns the row id; undefined unless we sealed the token, for this kind */
    readToken: (kind: LinkKind, token: string): string | undefined => seals[kind].read(token)?.[0],
  }
}

export type Links = ReturnType<typeof createLinks>
