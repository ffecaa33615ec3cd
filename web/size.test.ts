import { beforeAll, expect, it } from 'bun:test'
import { join } from 'node:path'
import { requireConsole } from '../scripts/web.ts'
import { webConsole, type ConsoleManifest } from '../services/gateway/console.ts'
import { handleInside } from '../shared/host/inside.ts'

// The download of someone on a slow train: at 1 Mbit/s half a second.
const firstLoadMax_bytes = 60_000
// Including the stylesheet and the icon.
const assetsMax = 8
// In front of the car there is only a phone, perhaps with a weak network.
const bookMax_bytes = 43_000
const bookFilesMax = 4
// A display may be a cheap tablet.
const displayMax_bytes = 8000

const output = join(import.meta.dir, 'dist')
let manifest: ConsoleManifest
beforeAll(async () => {
  await requireConsole()
  manifest = (await Bun.file(join(output, 'manifest.json')).json()) as ConsoleManifest
})

/** A script of the build with everything it needs to run. */
async function listImports(path: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(path)) return found
  found.add(path)
  const code = await Bun.file(join(output, path)).text()
  for (const [, imported = ''] of code.matchAll(/(?:from|import)"(\/[^"]+)"/g)) {
    await listImports(imported, found)
  }
  return found
}

/** Everything a document references, and its imports. */
async function listFirstLoad(document: string): Promise<Set<string>> {
  const page = await Bun.file(join(output, document)).text()
  return new Set([document, ...(await listNamed(page))])
}

async function listNamed(page: string): Promise<Set<string>> {
  const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)]
  const found = new Set<string>()
  for (const [, path = ''] of named) await listImports(path, found)
  return found
}

function sumBytes(paths: Iterable<string>): number {
  const bytes = [...paths].map((one) => {
    const file = manifest.files[one]
    return file?.encodings.gzip?.bytes ?? file?.bytes ?? Infinity
  })
  return bytes.reduce((sum, one) => sum + one)
}

const isPage = (path: string) =>
  /\/(?:(?:.+-)?page|account|callback|forgot|join|links|sign-in|sign-up)-[^-/]+\.js$/.test(path)
const isLater = (path: string) => /\/(?:editor|chart|upload)-/.test(path)

for (const [reader, says, headers] of [
  ['reads English', 'Log out', { 'accept-language': 'en' }],
  ['reads German', 'Abmelden', { 'accept-language': 'de' }],
  [
    'chose German in an English browser',
    'Abmelden',
    { 'accept-language': 'en', cookie: 'campus.language=de' },
  ],
  [
    'chose English in a German browser',
    'Log out',
    { 'accept-language': 'de', cookie: 'campus.language=en' },
  ],
] as const) {
  it(`for a reader who ${reader} a first load is ${firstLoadMax_bytes} bytes`, async () => {
    const request = new Request('http://localhost/bookings', { headers })
    const page = await (await handleInside(webConsole(output), request)).text()
    const start = await listNamed(page)
    const codes = await Promise.all([...start].map((path) => Bun.file(join(output, path)).text()))
    expect(codes.join('')).toContain(says)
    const main = [...start].find((path) => path.endsWith('.js')) ?? ''
    const larger: string[] = []
    let pages = 0
    for (const path of Object.keys(manifest.files).filter(isPage)) {
      const imports = await listImports(path)
      // Each language has its own build.
      if (!imports.has(main)) continue
      pages++
      const all = new Set([...start, ...imports])
      expect([...all].filter(isLater)).toEqual([])
      const bytes = sumBytes(all) + Bun.gzipSync(page).length
      // Plus the icon.
      if (bytes > firstLoadMax_bytes || all.size >= assetsMax) larger.push(`${path}: ${bytes}`)
    }
    expect(pages).toBeGreaterThan(20)
    expect(larger).toEqual([])
  })
}

it(`the app for phones is ${bookMax_bytes} bytes in a few files`, async () => {
  const all = await listFirstLoad('/book.html')
  expect(sumBytes(all)).toBeLessThan(bookMax_bytes)
  expect(all.size).toBeLessThanOrEqual(bookFilesMax)
})

it(`a display is ${displayMax_bytes} bytes in a few files`, async () => {
  const all = await listFirstLoad('/display.html')
  expect(sumBytes(all)).toBeLessThan(displayMax_bytes)
  expect(all.size).toBeLessThanOrEqual(3)
})
