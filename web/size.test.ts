import { beforeAll, expect, it } from 'bun:test'
import { join } from 'node:path'
import { requireConsole } from '../scripts/web.ts'
import type { ConsoleManifest } from '../services/gateway/console.ts'

// What someone on a slow train waits for: at 1 Mbit/s half a second.
const firstLoadMax_bytes = 62_500

const output = join(import.meta.dir, 'dist')
let manifest: ConsoleManifest
beforeAll(async () => {
  await requireConsole()
  manifest = (await Bun.file(join(output, 'manifest.json')).json()) as ConsoleManifest
})

/** A script of the build and all that must be there before it runs. */
async function listImports(path: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(path)) return found
  found.add(path)
  const code = await Bun.file(join(output, path)).text()
  for (const [, imported = ''] of code.matchAll(/(?:from|import)"(\/[^"]+)"/g)) {
    await listImports(imported, found)
  }
  return found
}

const isLater = (path: string) => /\/(?:timeline|editor|chart|upload)-/.test(path)

it(`the first load is at most ${firstLoadMax_bytes} bytes, whichever page it is`, async () => {
  const page = await Bun.file(join(output, 'index.html')).text()
  const start = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  const pages = Object.keys(manifest.files).filter((path) => /\/page-[^/]+\.js$/.test(path))
  expect(pages.length).toBeGreaterThan(0)
  for (const path of pages) {
    const all = new Set(['/index.html', ...start, ...(await listImports(path))])
    expect([...all].filter(isLater)).toEqual([])
    const bytes = [...all].map((one) => {
      const file = manifest.files[one]
      return file?.encodings.gzip?.bytes ?? file?.bytes ?? Infinity
    })
    expect(bytes.reduce((sum, one) => sum + one)).toBeLessThan(firstLoadMax_bytes)
  }
})
