/**
 * The console's pages: the first part of the address, each with all addresses below it. The
 * gateway answers every one of them with the same document.
 */
export const pages = [
  { path: '/bookings', name: 'bookings', access: 'member' },
  { path: '/books', name: 'books', access: 'member' },
  { path: '/courses', name: 'courses', access: 'member' },
  { path: '/files', name: 'files', access: 'member' },
  // Of its groups, members see those they are in.
  { path: '/people', name: 'people', access: 'member' },
  { path: '/system', name: 'system', access: 'admin' },
  { path: '/account', name: 'account', access: 'member' },
  { path: '/sign-in', name: 'sign_in', access: 'public' },
  { path: '/sign-up', name: 'sign_up', access: 'public' },
] as const

export type Page = (typeof pages)[number]
export type PageName = Page['name']
