import { describe, expect, it } from 'bun:test'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { copyCheckout } from './mutants/checkout.ts'
import { equivalents } from './mutants/equivalent.ts'
import { applyMutant, listMutants } from './mutants/mutate.ts'
import { describeResult } from './mutants/result.ts'
import {
  about,
  mapTestFile,
  testsOf,
  type MappedTests,
  type TestsQuery,
} from './mutants/test-map.ts'
import { runTests } from './mutants/test-run.ts'

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

  it.each(equivalents)('exclude as equivalent only existing lines: $path: $line', async (one) => {
    const lines = (await readFile(join(root, one.path), 'utf8')).split('\n')
    expect(lines.some((line) => line.trimStart().startsWith(one.line))).toBe(true)
  })

  it('change SQL in tagged templates', () => {
    expect(mutate('const a = sql`b = 1 AND ${c} < 2`')).toEqual([
      'const a = sql`b = 1 OR ${c} < 2`',
      'const a = sql`b = 1 AND ${c} <= 2`',
    ])
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
    "log.warn('a')",
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
  const tests = (path: string, duration_ms: number, lines: [number, boolean][]): MappedTests => {
    return { path, engine: 'sqlite', duration_ms, lines: { 'shared/a.ts': lines } }
  }
  const all = [
    tests('services/b/b.test.ts', 20, [
      [1, true],
      [5, true],
    ]),
    tests('services/c/c.test.ts', 15, [[1, true]]),
    tests('shared/a.test.ts', 30, [
      [1, true],
      [5, false],
    ]),
  ]
  const paths = (path: string, line: number, query: Partial<TestsQuery> = {}) =>
    testsOf(all, { path, line, found: new Map(), budget_ms: 1000, ...query }).map((one) => one.path)

  it('are those that cover it, those beside it first, then by coverage of the file', () => {
    expect(paths('shared/a.ts', 1)).toEqual([
      'shared/a.test.ts',
      'services/b/b.test.ts',
      'services/c/c.test.ts',
    ])
    expect(paths('shared/a.ts', 5)).toEqual(['services/b/b.test.ts', 'services/c/c.test.ts'])
  })

  it('begin with those that found bugs in the file before', () => {
    const found = new Map([['services/c/c.test.ts', 1]])
    expect(paths('shared/a.ts', 1, { found })[0]).toBe('services/c/c.test.ts')
  })

  it('stay within the budget, with at least one', () => {
    const both = ['shared/a.test.ts', 'services/b/b.test.ts']
    expect(paths('shared/a.ts', 1, { budget_ms: 50 })).toEqual(both)
    expect(paths('shared/a.ts', 1, { budget_ms: 1 })).toEqual(['shared/a.test.ts'])
  })

  it('are on PostgreSQL if nothing else covers it, and for a store', () => {
    const lines = (path: string) => ({ [path]: [[1, true]] as [number, boolean][] })
    const both = (path: string): MappedTests[] => [
      { path: 'a.test.ts', engine: 'sqlite', duration_ms: 1, lines: lines(path) },
      { path: 'a.test.ts', engine: 'postgres', duration_ms: 2, lines: lines(path) },
    ]
    const engines = (tests: MappedTests[], path: string) =>
      testsOf(tests, { path, line: 1, found: new Map(), budget_ms: 1000 }).map((it) => it.engine)
    expect(engines(both('shared/a.ts'), 'shared/a.ts')).toEqual(['sqlite'])
    expect(engines(both('shared/a.ts').slice(1), 'shared/a.ts')).toEqual(['postgres'])
    expect(engines(both('packages/store/src/a.ts'), 'packages/store/src/a.ts')).toEqual([
      'sqlite',
      'postgres',
    ])
  })

  it('are those beside the file without coverage', () => {
    expect(paths('shared/worker.ts', 1)).toEqual(['shared/a.test.ts'])
  })

  it('are in another folder if those are about it: first, with coverage or without', () => {
    const one = (path: string, source = ''): MappedTests => {
      return { path, engine: 'sqlite', duration_ms: 1, lines: { [source]: [[1, true]] } }
    }
    const [worker, move] = [
      'packages/store/src/sqlite-bundle.ts',
      'services/inventory/reservations/move.ts',
    ]
    const given = [
      one('packages/store/src/store.test.ts'),
      one('services/inventory/bundle.test.ts'),
      one('services/inventory/reservations/late-move.test.ts', move),
      one('services/bookings/protocol.test.ts', move),
    ]
    const found = (path: string) =>
      testsOf(given, { path, line: 1, found: new Map(), budget_ms: 1000 }).map((it) => it.path)
    expect(found(worker)).toEqual([
      'services/inventory/bundle.test.ts',
      'packages/store/src/store.test.ts',
    ])
    expect(found(move)).toEqual([
      'services/bookings/protocol.test.ts',
      'services/inventory/reservations/late-move.test.ts',
    ])
  })

  it.each(about)('are there: %s, %s', (sources, tests) => {
    const isThere = (path: string) => existsSync(join(root, path))
    expect([isThere(sources), isThere(tests)]).toEqual([true, true])
  })
})

describe('the result', () => {
  it('names survivors, and counts by file and in total', () => {
    const found = { path: 'b.ts', line: 1, survivor: undefined }
    const results = [found, found, { path: 'a.ts', line: 2, survivor: 'a.ts:2 < → <=' }, found]
    expect(describeResult(results)).toEqual({
      percent: 75,
      lines: [
        'survived: a.ts:2 < → <=',
        '  0.0 %     0 of    1  a.ts',
        '100.0 %     3 of    3  b.ts',
        ' 75.0 %     3 of    4  of all bugs',
      ],
    })
  })
})

describe('a copy of the repository', () => {
  it('runs the tests, which detect a bug in it', async () => {
    const copy = await copyCheckout(root)
    try {
      const path = 'shared/instant.test.ts'
      const isWatched = (name: string) => name === 'shared/instant.ts'
      const options = { postgresUrl: '', isWatched }
      const [sqlite, postgres] = await mapTestFile(copy, path, options)
      expect(sqlite?.lines['shared/instant.ts']?.some(([, runs]) => runs)).toBe(true)
      expect(postgres).toMatchObject({ path, engine: 'postgres', lines: {} })
      const text = await readFile(join(root, 'shared/instant.ts'), 'utf8')
      const [mutant] = listMutants('shared/instant.ts', text)
      if (!mutant) throw new Error('There is nothing to change.')
      await copy.write('shared/instant.ts', applyMutant(text, mutant))
      const run = { options: [], postgresUrl: '', testMax_ms: 60_000 }
      const others = { path: 'shared/json.test.ts', engine: 'sqlite' } as const
      const failure = await runTests(copy, [others, { path, engine: 'sqlite' }], run)
      expect(failure?.path).toBe(path)
      const broken = mapTestFile(copy, path, options)
      expect(await broken.catch((error: Error) => error.message)).toContain('fails as it is')
    } finally {
      await copy.remove()
    }
    expect(await stat(copy.folder).catch(() => 'gone')).toBe('gone')
  }, 60_000)
})
