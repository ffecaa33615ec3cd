import { computed, signal } from '@preact/signals'

/** The console's location. The URL holds its state, so that every view can be linked. */
export const address = signal(new URL(location.href))

export const path = computed(() => address.value.pathname)

/** A URL parameter, or its default. */
export function readQuery(name: string, otherwise = ''): string {
  return address.value.searchParams.get(name) ?? otherwise
}

/** Sets URL parameters; undefined and empty ones are removed. */
export function setQuery(changes: Record<string, string | undefined>, options?: Navigation): void {
  const next = new URL(address.value)
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.searchParams.set(name, value)
    else next.searchParams.delete(name)
  }
  navigate(next.pathname + next.search, options)
}

// URLs of other apps are loaded by the browser.
let isInside: (path: string) => boolean = () => true

interface Navigation {
  /** Going back does not pass here. */
  replace?: boolean
}

export function navigate(to: string, { replace = false }: Navigation = {}): void {
  const next = new URL(to, location.href)
  if (next.href === address.value.href) return
  if (!isInside(next.pathname)) return location[replace ? 'replace' : 'assign'](next)
  history[replace ? 'replaceState' : 'pushState'](null, '', next)
  address.value = next
}

/**
 * Makes plain links navigate within the app, and handles back and forward.
 * @param isOwn whether a path belongs to this app
 */
export function startRouter(isOwn: (path: string) => boolean): void {
  isInside = isOwn
  addEventListener('popstate', () => (address.value = new URL(location.href)))
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || !isOurs(link, event)) return
    event.preventDefault()
    navigate(link.href)
  })
}

function isOurs(link: HTMLAnchorElement, event: MouseEvent): boolean {
  const { button, metaKey, ctrlKey, shiftKey, altKey, defaultPrevented } = event
  if (defaultPrevented || button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return false
  if (link.target || link.hasAttribute('download')) return false
  const { origin, pathname } = link
  return origin === location.origin && !/^\/(?:swagger|api)\b/.test(pathname) && isInside(pathname)
}

/** @param to from the URL, which anybody may have written: other sites are ignored */
export function toOwnPath(to: string): string {
  return /^\/(?!\/|\\)/.test(to) ? to : '/bookings'
}
