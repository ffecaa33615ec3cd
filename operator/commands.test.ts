import { describe, expect, it } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

// Not commands: the entry of the binary, and how commands end.
const others = new Set(['campus', 'fail'])
// It creates the secrets of containers, in a checkout.
const notInBinary = ['secrets']

const commands = readdirSync(import.meta.dir)
  .flatMap((file) => /^([\w-]+)\.ts$/.exec(file)?.[1] ?? [])
  .filter((name) => !others.has(name))

describe("the operator's commands", () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

  it('are in package.json, and nothing else of operator/ is', () => {
    const started = Object.entries(scripts).filter(([, script]) => /\boperator\//.test(script))
    expect(started.map(([name]) => name).toSorted()).toEqual(commands.toSorted())
    for (const [name, script] of started) expect(script).toEndWith(`bun operator/${name}.ts`)
  })

  it('are in README.md and in docs/operations', () => {
    for (const path of ['README.md', 'docs/operations/README.md']) {
      const missing = commands.filter((name) => !read(path).includes(`bun run ${name}`))
      expect([path, missing]).toEqual([path, []])
    }
  })

  it('are in the binary, except those that need a checkout', () => {
    const missing = commands.filter(
      (name) => !read('operator/campus.ts').includes(`'./${name}.ts'`),
    )
    expect(missing).toEqual(notInBinary)
  })
})
