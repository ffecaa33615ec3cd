import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import committed from '../services/openapi.json'

setDefaultTimeout(120_000)

interface Schema {
  properties: Record<string, { enum?: unknown[] | undefined; examples?: unknown[] }>
  required?: string[]
}
interface Document {
  paths: Record<string, Record<string, { parameters?: object[] }>>
  components: { schemas: Record<string, Schema> }
}

const heading = '### Changed: clients may need to adapt'
const script = join(import.meta.dir, 'breaking.ts')
// Whatever would skip it here skips it there.
const isThere = (() => {
  const { stdout } = Bun.spawnSync([process.execPath, script, 'HEAD'], {
    cwd: join(import.meta.dir, '..'),
  })
  return !stdout.toString().includes('skipped')
})()
if (!isThere) console.log('bun run breaking is not tried: it is skipped on this machine.')

describe.skipIf(!isThere)('bun run breaking', () => {
  let folder = ''
  const git = (...command: string[]) =>
    Bun.spawnSync(['git', '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...command], {
      cwd: folder,
    })
  const write = async (document: unknown, entries = '- An older one.') => {
    await Bun.write(join(folder, 'services/openapi.json'), JSON.stringify(document))
    const log = `# Changelog\n\n${heading}\n\n${entries}\n\n### Added\n\n- Another.\n`
    await Bun.write(join(folder, 'CHANGELOG.md'), log)
  }
  const run = (...given: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, script, ...given], {
      cwd: folder,
    })
    return { exitCode, said: stdout.toString() + stderr.toString() }
  }
  const changed = (change: (document: Document) => void) => {
    const document = structuredClone(committed) as unknown as Document
    change(document)
    return document
  }
  const schemaOf = (document: Document, name: string) => document.components.schemas[name] as Schema

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-breaking-test-'))
    await mkdir(join(folder, 'services'))
    git('init', '-q')
    await write(committed)
    git('add', '.')
    git('commit', '-q', '-m', 'One')
  })
  afterAll(() => rm(folder, { recursive: true }))

  const required = { name: 'colour', in: 'query', required: true, schema: { type: 'string' } }
  it.each([
    [
      'a removed member',
      /title/,
      (document: Document) => {
        const book = schemaOf(document, 'Book')
        delete book.properties['title']
        book.required = (book.required ?? []).filter((name) => name !== 'title')
      },
    ],
    [
      'a code of a problem that is gone',
      /the code book_not_found is gone/,
      (document: Document) => {
        const { code } = schemaOf(document, 'Problem').properties
        if (code) code.examples = code.examples?.filter((it) => it !== 'book_not_found') ?? []
      },
    ],
    [
      'a new parameter that is required',
      /colour/,
      (document: Document) => {
        document.paths['/api/books']?.['get']?.parameters?.push(required)
      },
    ],
    [
      'a value that is taken no longer',
      /shelf/,
      (document: Document) => {
        const { shelf } = schemaOf(document, 'NewShelf').properties
        if (shelf) shelf.enum = shelf.enum?.slice(1)
      },
    ],
    [
      'a removed operation',
      /api\/books/,
      (document: Document) => {
        delete document.paths['/api/books']?.['post']
      },
    ],
  ] as const)('fails for %s, unless it is said', async (_, named, change) => {
    await write(changed(change))
    const { exitCode, said } = run()
    expect([exitCode, said]).toEqual([1, expect.stringMatching(named)])
    await write(changed(change), '- An older one.\n- That it is gone.')
    expect(run()).toMatchObject({ exitCode: 0, said: expect.stringMatching(named) })
  })

  it('does not fail for what is added', async () => {
    const more = changed((document) => {
      schemaOf(document, 'BookChange').properties['isbn'] = {}
      schemaOf(document, 'Book').properties['isbn'] = {}
      document.paths['/api/books']?.['get']?.parameters?.push({ ...required, required: false })
      document.paths['/api/novels'] = { get: document.paths['/api/books']?.['get'] ?? {} }
    })
    await write(more)
    const { exitCode, said } = run()
    expect([exitCode, said]).toEqual([0, expect.stringContaining('No breaking changes')])
  })

  it('compares with the last release, else with the last other document', async () => {
    const less = changed((document) => delete document.paths['/api/books']?.['post'])
    await write(less)
    git('commit', '-qam', 'Two')
    // What is in the tree is committed, and the one before is another.
    expect(run().exitCode).toBe(1)
    git('tag', 'v1', 'HEAD~1')
    git('commit', '-q', '--allow-empty', '-m', 'Three')
    expect(run()).toMatchObject({ exitCode: 1, said: expect.stringContaining('with v1') })
    git('tag', 'v2')
    expect(run()).toMatchObject({ exitCode: 0, said: expect.stringContaining('with v2') })
    expect(run('v1').exitCode).toBe(1)
    expect(run('nowhere').exitCode).toBe(2)
  })

  it('is skipped, and says so, where there is nothing to compare with', async () => {
    const alone = await mkdtemp(join(tmpdir(), 'campus-breaking-alone-'))
    const shallow = ['git', 'clone', '-q', '--depth', '1', '--no-tags', `file://${folder}`, alone]
    expect(Bun.spawnSync(shallow).exitCode).toBe(0)
    const { exitCode, stdout } = Bun.spawnSync([process.execPath, script], { cwd: alone })
    expect([exitCode, stdout.toString()]).toEqual([0, expect.stringContaining('skipped')])
    await rm(alone, { recursive: true })
  })
})
