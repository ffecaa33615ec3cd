/**
 * The console's pages: the first part of the path, each with all paths below it. The gateway
 * responds to all of them with the same document. `public` is for visitors who are not signed in,
 * `link` for links in mails.
 */
export const pages = [
  { path: '/bookings', name: 'bookings', access: 'member' },
  { path: '/books', name: 'books', access: 'member' },
  { path: '/courses', name: 'courses', access: 'member' },
  { path: '/files', name: 'files', access: 'member' },
  // Members see the groups they are in.
  { path: '/people', name: 'people', access: 'member' },
  { path: '/notifications', name: 'notifications', access: 'member' },
  { path: '/system', name: 'system', access: 'admin' },
  { path: '/account', name: 'account', access: 'member' },
  // The target of printed codes.
  { path: '/r', name: 'code', access: 'member' },
  { path: '/join', name: 'join', access: 'link' },
  { path: '/set-password', name: 'set_password', access: 'link' },
  { path: '/confirm-address', name: 'confirm_address', access: 'link' },
  { path: '/keep-address', name: 'keep_address', access: 'link' },
  // The redirect target of sign-in providers.
  { path: '/oidc', name: 'oidc', access: 'link' },
  { path: '/forgot-password', name: 'forgot_password', access: 'public' },
  { path: '/sign-in', name: 'sign_in', access: 'public' },
  { path: '/sign-up', name: 'sign_up', access: 'public' },
] as const

export type Page = (typeof pages)[number]
export type PageName = Page['name']

/** The app for phones, with all paths below it; a separate document. */
export const bookPath = '/book'

/** Screens for walls and windscreens, at their address below it; a separate document. */
export const displayPath = '/display'

export function isOfBook(path: string): boolean {
  return path === bookPath || path.startsWith(`${bookPath}/`)
}
