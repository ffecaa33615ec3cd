/**
 * Stores the app on the phone, so that it opens without a network. The user's data is stored by the
 * app itself, which deletes it at logout.
 */
import { isOfBook } from '../pages.ts'

/**
 * The used part of a service worker's global scope (W3C, Service Workers), which DOM's types lack.
 */
interface Scope {
  addEventListener: (type: string, listener: (event: WorkerEvent) => void) => void
  skipWaiting: () => Promise<void>
  clients: { claim: () => Promise<void> }
}

interface WorkerEvent {
  request: Request
  waitUntil: (work: Promise<unknown>) => void
  respondWith: (answer: Promise<Response>) => void
}

// Set by the build: the app's files, and a name that changes with them.
declare const bookFiles: string[]
declare const buildName: string

const scope = self as unknown as Scope
const prefix = 'campus.book.'
const cacheName = prefix + buildName
const document = '/book'

scope.addEventListener('install', (event) => event.waitUntil(install()))
scope.addEventListener('activate', (event) => event.waitUntil(activate()))
scope.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { pathname } = new URL(url)
  if (method !== 'GET') return
  if (mode === 'navigate' && isOfBook(pathname)) event.respondWith(open(event.request))
  else if (bookFiles.includes(pathname)) event.respondWith(read(event.request))
})

async function install(): Promise<void> {
  const cache = await caches.open(cacheName)
  await cache.addAll([document, ...bookFiles])
  await scope.skipWaiting()
}

async function activate(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(prefix) && name !== cacheName)
  await Promise.all(old.map((name) => caches.delete(name)))
  await scope.clients.claim()
}

/** The newest version available. */
async function open(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await caches.match(document)
    if (!kept) throw error
    return kept
  }
}

/** Build files never change. */
async function read(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request)
}
