import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { listMissingColumns } from './migration/missing-columns.ts'
import { deskTables } from './service-template/tables.ts'

const root = join(import.meta.dir, '..')
const template = join(import.meta.dir, 'service-template')

// Every place that declares a note's text; the two migrations are the sixth place.
const places: [name: string, file: string, said: string, without: string][] = [
  ['the wire', 'note.ts', ', text: text(10_000) }', ' }'],
  ['what is sent', 'note.ts', ', text: Type.Optional(fields.text) }', ' }'],
  ['the table', 'tables.ts', "      text: c.text('text').notNull(),\n", ''],
  ['the row', 'service.ts', 'title, text, created_by: caller.id', 'title, created_by: caller.id'],
  ['what is answered', 'service.ts', 'return { id, title, text,', 'return { id, title,'],
]

describe('a field of a service', () => {
  let folder: string
  let errors: string

  // One run of the compiler for all of them: a folder each, at the depth of a service.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-field-'))
    for (const name of ['node_modules', 'shared', 'services']) {
      await symlink(join(root, name), join(folder, name))
    }
    await cp(template, join(folder, 'places/whole'), { recursive: true })
    for (const [at, [, file, said, without]] of places.entries()) {
      const copy = join(folder, `places/without-${at}`)
      await cp(template, copy, { recursive: true })
      const text = await readFile(join(copy, file), 'utf8')
      expect(text).toContain(said)
      await writeFile(join(copy, file), text.replace(said, without))
    }
    const config = { extends: join(root, 'tsconfig.json'), include: ['places'], exclude: [] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = Bun.spawn([join(root, 'node_modules/.bin/tsc'), '--noEmit'], { cwd: folder })
    errors = await tsc.stdout.text()
  }, 120_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('compiles if all places have it', () => {
    expect(errors).not.toContain('places/whole/')
  })

  for (const [at, [name, file]] of places.entries()) {
    it(`does not compile if ${name} lacks it (${file})`, () => {
      expect(errors).toContain(`places/without-${at}/`)
    })
  }
})

describeStores('a column that a migration lacks', (makeDatabase) => {
  it('is reported', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'campus-migrations-'))
    await cp(join(template, 'migrations'), folder, { recursive: true })
    for (const file of ['sqlite/0001_desk.sql', 'postgres/0001_desk.sql']) {
      const text = await readFile(join(folder, file), 'utf8')
      await writeFile(
        join(folder, file),
        text.replace(/,\n {2}CONSTRAINT note_text.*|^ {2}text .*\n/gim, ''),
      )
    }
    const database = await makeDatabase()
    const stores = createStores()
    const store = await stores.open(database.url.replace('{service}', 'desk'))
    await store.migrate(folder)
    expect(await listMissingColumns(store, deskTables(store.columns))).toEqual(['notes.text'])
    await stores.close()
    await database.remove()
    await rm(folder, { recursive: true })
  })
})
