const worker = '/book-worker.js'
const manifest = '/book.webmanifest'

/** Makes the app one that can be installed, and that opens without a network. */
export function makeInstallable(): void {
  const link = document.createElement('link')
  link.rel = 'manifest'
  link.href = manifest
  document.head.append(link)
  // Browsers have workers with https and on localhost only; without one all else works.
  navigator.serviceWorker?.register(worker, { scope: '/book' }).catch(() => {})
}
