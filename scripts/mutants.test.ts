import { describe, expect, it } from 'bun:test'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyCheckout } from './mutants/checkout.ts'
import { applyMutant, listMutants } from './mutants/mutate.ts'
import { mapTestFile, testsOf, type TestFile } from './mutants/test-map.ts'

const root = join(import.meta.dir, '..')
const mutate = (text: string) => listMutants('a.ts', text).map((one) => applyMutant(text, one))

describe('mutants', () => {
  it.each([
    ['comparisons', 'a(b < c)', [';', 'a(b <= c)']],
    ['equality', 'const a = b === c', ['const a = b !== c']],
    ['logic', 'const a = b && c', ['const a = b || c']],
    ['defaults', 'const a = b ?? c', ['const a = b && c']],
    ['negations', 'const a = !b', ['const a = b']],
    ['conditions', 'const a = b ? c : d', ['const a = true ? c : d', 'const a = false ? c : d']],
    ['booleans', 'const a = true', ['const a = false']],
    ['refusals', 'throw a', [';']],
    ['effects', 'await a()', [';']],
    [
      'forgotten conditions',
      'const a = and(b, c)',
      ['const a = and(undefined, c)', 'const a = and(b, undefined)'],
    ],
  ])('change %s', (_, text, changed) => {
    expect(mutate(text)).toEqual(changed)
  })

  it('change SQL in templates and in quotes', () => {
    const rule = 'SELECT a FROM b WHERE c = 1 AND d < 2'
    const changed = [
      'SELECT a FROM b WHERE c <> 1 AND d < 2',
      'SELECT a FROM b WHERE c = 1 OR d < 2',
      'SELECT a FROM b WHERE c = 1 AND d <= 2',
    ]
    expect(mutate(`const a = \`${rule}\``)).toEqual(changed.map((sql) => `const a = \`${sql}\``))
    expect(mutate(`const a = '${rule}'`)).toEqual(changed.map((sql) => `const a = '${sql}'`))
  })

  it.each([
    'type A = B extends C ? true : false',
    "import { a } from 'b'",
    'const a = `b ${c} AND d`',
    "const a = b + 'c'",
    'interface A { b: false }',
  ])('leave alone what decides nothing: %s', (text) => {
    expect(mutate(text)).toEqual([])
  })

  it('are named by the line they are on', () => {
    expect(listMutants('a.ts', '\n\nif (a) b\n')[0]).toMatchObject({ line: 3, change: 'a → true' })
  })

  it('are refused in a file that does not parse', () => {
    expect(() => listMutants('a.ts', 'const = 1')).toThrow('a.ts: ')
  })
})

describe('the tests of a line', () => {
  const file = (path: string, duration_ms: number, lines: [number, boolean][]): TestFile => {
    return { path, duration_ms, lines: new Map([['shared/a.ts', new Map(lines)]]) }
  }
  const slow = file('services/b/b.test.ts', 20, [
    [1, true],
    [5, true],
  ])
  const quick = file('shared/a.test.ts', 10, [
    [1, true],
    [5, false],
  ])
  const paths = (path: string, line: number) =>
    testsOf([slow, quick], path, line).map((one) => one.path)

  it('are those that run it, the quickest first', () => {
    expect(paths('shared/a.ts', 1)).toEqual(['shared/a.test.ts', 'services/b/b.test.ts'])
    expect(paths('shared/a.ts', 5)).toEqual(['services/b/b.test.ts'])
  })

  it('are those of the statement that began before it', () => {
    expect(paths('shared/a.ts', 7)).toEqual(['services/b/b.test.ts'])
  })

  it('are those beside the file when nothing is known to run it', () => {
    expect(paths('shared/worker.ts', 1)).toEqual(['shared/a.test.ts'])
  })
})

describe('a copy of the repository', () => {
  it('runs the tests, and they notice a bug in it', async () => {
    const copy = await copyCheckout(root)
    const folder = await mkdtemp(join(tmpdir(), 'campus-coverage-'))
    try {
      const test = await mapTestFile(copy.folder, 'shared/instant.test.ts', folder)
      expect(test.lines.get('shared/instant.ts')?.size).toBeGreaterThan(0)
      const text = await readFile(join(root, 'shared/instant.ts'), 'utf8')
      const mutants = listMutants('shared/instant.ts', text)
      expect(mutants).not.toBeEmpty()
      await copy.write('shared/instant.ts', 'export {}\n')
      const broken = mapTestFile(copy.folder, 'shared/instant.test.ts', folder)
      expect(await broken.catch((error: Error) => error.message)).toContain('fails as it is')
    } finally {
      await copy.remove()
      await rm(folder, { recursive: true, force: true })
    }
    expect(await stat(copy.folder).catch(() => 'gone')).toBe('gone')
  })
})
