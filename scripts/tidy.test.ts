import { describe, expect, it, setDefaultTimeout } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeRules } from './tidy/code-rules.ts'
import { moduleRules } from './tidy/module-rules.ts'
import { findFailures, isCode, isTest, type TreeFile } from './tidy/rule.ts'
import { treeRules } from './tidy/tree-rules.ts'

// Each rule reads the whole tree: milliseconds, or seconds on a busy machine.
setDefaultTimeout(60_000)

const root = join(import.meta.dir, '..')
const rules = [...treeRules, ...moduleRules, ...codeRules]
const tree = readTree()

describe('the tree keeps the house style', () => {
  it('is read', () => {
    expect(tree.map((file) => file.path)).toContain('package.json')
  })

  for (const rule of rules) {
    it(rule.name, () => expect(findFailures(rule, tree)).toEqual([]))
  }

  it('has a line in shared/README.md for every file that services import from there', () => {
    const page = textOf('shared/README.md')
    const files = tree.flatMap(({ path }) => /^shared\/([^/]+\.ts)$/.exec(path)?.[1] ?? [])
    const imported = files.filter((name) => !name.endsWith('.test.ts'))
    expect(imported.filter((name) => !page.includes(`(${name})`))).toEqual([])
  })

  // One that is missing there does not compile.
  it('has each code of a problem in shared/problem-code.ts once, in order, and in use', () => {
    const lines = textOf('shared/problem-code.ts').matchAll(/^ {2}'(\w+)',$/gm)
    const codes = [...lines].map(([, code = '']) => code)
    expect(codes).toEqual([...new Set(codes)].toSorted())
    const answers = tree.filter(
      ({ path }) =>
        /^(?:services|shared|packages\/store)\/.*\.ts$/.test(path) &&
        !/^shared\/(?:problem-code\.ts|schemas\/)/.test(path) &&
        !isTest(path),
    )
    const text = answers.map((file) => file.text).join('\n')
    const isUsed = (code: string) =>
      text.includes(`'${code}'`) ||
      text.includes(`notFound('${code.replace(/_not_found$/, '')}'`) ||
      text.includes(`read('${code.replace(/_unavailable$/, '')}'`) ||
      text.includes(`followLog('${code.replace(/_unavailable$/, '')}'`)
    expect(codes.filter((code) => !isUsed(code))).toEqual([])
  })

  it('exports no value that no other file names', () => {
    const files = tree.filter(({ path }) => isCode(path))
    const named = new Map<string, number>()
    const words = (text: string) => new Set(text.match(/[\w$]+/g))
    for (const { text } of files)
      for (const word of words(text)) named.set(word, (named.get(word) ?? 0) + 1)
    const exported = /^export (?:async )?(?:const|let|function|class) ([\w$]+)/gm
    const unused = files.flatMap(({ path, text }) =>
      isLoaded(path)
        ? []
        : [...text.matchAll(exported)].flatMap(([, name = '']) =>
            named.get(name) === 1 ? [`${path}: ${name}`] : [],
          ),
    )
    expect(unused).toEqual([])
  })
})

describe('a rule of the house style fails where it should', () => {
  for (const rule of rules) {
    it(rule.name, () => {
      expect(rule.refuses).not.toBeEmpty()
      for (const file of rule.refuses) {
        expect({ file, failures: findFailures(rule, [file]) }).not.toMatchObject({ failures: [] })
      }
      for (const file of rule.accepts) expect(findFailures(rule, [file])).toEqual([])
    })
  }

  it('names the file, the line, the rule and what to write instead', () => {
    const rule = codeRules.find((one) => one.name === 'no any')
    const file = { path: 'shared/page.ts', text: 'const a = 1\nlet b: any\n' }
    expect(rule && findFailures(rule, [file])).toEqual([
      'shared/page.ts:2 breaks "no any": write the type, or unknown and a check',
    ])
  })
})

/** What its program loads by name: k6, the bundler, the copy that `bun run new` makes. */
function isLoaded(path: string): boolean {
  return /^(?:load-tests|scripts\/service-template)\/|^packages\/\w+\/src\/index\.ts$/.test(path)
}

function textOf(path: string): string {
  return tree.find((file) => file.path === path)?.text ?? ''
}

/** Tracked and untracked files; binary files (icons, samples) come with empty text. */
function readTree(): TreeFile[] {
  // The checkout may belong to another user, which git otherwise refuses.
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const git = Bun.spawnSync(['git', '-c', 'safe.directory=*', ...list], { cwd: root })
  if (!git.success) throw new Error(`The tree is read with git: ${git.stderr.toString()}`)
  const paths = new Set(git.stdout.toString().split('\0').filter(Boolean))
  return [...paths]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text: text.includes('\0') ? '' : text }
    })
}
