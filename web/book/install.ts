const worker = '/book-worker.js'
const manifest = '/book.webmanifest'

/** Makes the app installable, and usable without a network. */
export function makeInstallable(): void {
  const link = document.createElement('link')
  link.rel = 'manifest'
  link.href = manifest
  document.head.append(link)
  // Workers need https or localhost; everything else works without one.
  navigator.serviceWorker?.register(worker, { scope: '/book' }).catch(() => {})
}
