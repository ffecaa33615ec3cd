/**
 * The console's pages: the first part of the address, each with all addresses below it. The
 * gateway answers every one of them with the same document. `public` is for those who are not
 * signed in, `link` for whoever follows a link in a mail.
 */
export const pages = [
  { path: '/bookings', name: 'bookings', access: 'member' },
  { path: '/books', name: 'books', access: 'member' },
  { path: '/courses', name: 'courses', access: 'member' },
  { path: '/files', name: 'files', access: 'member' },
  // Of its groups, members see those they are in.
  { path: '/people', name: 'people', access: 'member' },
  { path: '/notifications', name: 'notifications', access: 'member' },
  { path: '/system', name: 'system', access: 'admin' },
  { path: '/account', name: 'account', access: 'member' },
  // Where the codes that are printed on resources lead.
  { path: '/r', name: 'code', access: 'member' },
  { path: '/join', name: 'join', access: 'link' },
  { path: '/set-password', name: 'set_password', access: 'link' },
  { path: '/confirm-address', name: 'confirm_address', access: 'link' },
  { path: '/keep-address', name: 'keep_address', access: 'link' },
  // Where sign-in providers send people back to.
  { path: '/oidc', name: 'oidc', access: 'link' },
  { path: '/forgot-password', name: 'forgot_password', access: 'public' },
  { path: '/sign-in', name: 'sign_in', access: 'public' },
  { path: '/sign-up', name: 'sign_up', access: 'public' },
] as const

export type Page = (typeof pages)[number]
export type PageName = Page['name']

/** The app for phones, with all addresses below it; it has a document of its own. */
export const bookPath = '/book'

/** Screens for walls and windscreens: the address of each below it, in a document of its own. */
export const displayPath = '/display'

export function isOfBook(path: string): boolean {
  return path === bookPath || path.startsWith(`${bookPath}/`)
}
