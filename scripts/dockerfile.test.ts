import { afterAll, expect, it } from 'bun:test'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { linkPackages } from './harness/checkout.ts'
import { startSystem } from './harness/run-system.ts'

// compose-check builds the image if there is an engine. Missing files show without one.
const root = join(import.meta.dir, '..')
const folder = mkdtempSync(join(tmpdir(), 'campus-image-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Stage {
  name: string
  from: string
  copies: { origin: string; sources: string[]; target: string }[]
}

function readStages(): Stage[] {
  const [, ...texts] = readFileSync(join(root, 'Dockerfile'), 'utf8').split(/^FROM /m)
  return texts.map((text) => {
    const [, from = '', name = 'final'] = /^(\S+)(?: AS (\w+))?/.exec(text) ?? []
    const copies = [...text.matchAll(/^COPY (?:--from=(\w+) )?(.+) (\S+)$/gm)]
    return {
      name,
      from,
      copies: copies.map(([, origin = '', sources = '', target = '']) => {
        return { origin, sources: sources.split(' '), target }
      }),
    }
  })
}

it('copies only what .dockerignore includes', () => {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  const open = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const sources = readStages().flatMap(({ copies }) =>
    copies.flatMap(({ origin, sources: all }) => (origin === '' ? all : [])),
  )
  expect(sources.length).toBeGreaterThan(10)
  const lost = sources.filter((one) => !open.some((path) => `${one}/`.startsWith(`${path}/`)))
  expect(lost).toEqual([])
})

/** Simulates an engine, without running commands. @returns the folder of each stage */
async function copyStages(stages: Stage[]): Promise<Map<string, string>> {
  const places = new Map<string, string>()
  for (const { name, from, copies } of stages) {
    const place = join(folder, name)
    mkdirSync(place)
    const parent = places.get(from)
    if (parent) cpSync(parent, place, { recursive: true })
    for (const { origin, sources, target } of copies) {
      for (const source of sources) {
        const isBuilt = source.endsWith('/dist') // by a command
        const path = join(places.get(origin) ?? root, source.replace(/^\/app\/?/, ''))
        const isInto = target.endsWith('/') && source !== '/app'
        const to = join(place, target, isInto ? basename(source) : '')
        if (!isBuilt) cpSync(path, to, { recursive: true })
      }
    }
    places.set(name, place)
  }
  for (const place of places.values()) await linkPackages(root, place)
  return places
}

async function run(place = '', ...words: string[]) {
  const command = [process.execPath, ...words]
  const child = Bun.spawn(command, { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { code: await child.exited, output: output + errors }
}

it('the image has everything that the console, a process and its operator need', async () => {
  const places = await copyStages(readStages())
  const place = places.get('final') ?? ''
  expect(await run(places.get('console'), 'scripts/web.ts')).toMatchObject({ code: 0 })
  cpSync(join(folder, 'console/web/dist'), join(place, 'web/dist'), { recursive: true })
  const system = await startSystem({ folder: place, environment: { LOG_LEVEL: 'error' } })
  try {
    expect((await fetch(`${system.url}/`)).status).toBe(200)
    for (const words of [['doctor'], ['backup', 'saved'], ['user', 'rotate-keys']]) {
      const { code, output } = await run(place, 'run', ...words)
      expect({ words, code, output: code === 0 ? '' : output }).toEqual({
        words,
        code: 0,
        output: '',
      })
    }
  } finally {
    await system.stop()
  }
}, 60_000)
