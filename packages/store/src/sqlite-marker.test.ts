import { Database } from 'bun:sqlite'
import { beforeEach, describe, expect, it, onTestFinished } from 'bun:test'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claimDatabase, removeMarker, requireOwnDatabase } from './sqlite-marker.ts'

describe('the marker beside a SQLite file', () => {
  let file: string
  let marker: string

  /** Puts a database of this number there. */
  function put(identity: number): void {
    rmSync(file, { force: true })
    using database = new Database(file)
    database.run(`PRAGMA user_version = ${identity}`)
  }
  const markAs = (identity: number) => claimDatabase(file, identity)?.()
  const identityOf = (path: string) => {
    using database = new Database(path, { readonly: true })
    return database.query('PRAGMA user_version').values()
  }

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'campus-marker-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    file = join(folder, 'a.sqlite')
    marker = `${file}-marker`
    put(7)
  })

  it('accepts the database it was made for, and no other', () => {
    markAs(7)
    requireOwnDatabase(file)
    put(8)
    expect(() => requireOwnDatabase(file)).toThrow(
      `${marker} says that there was a database, and ${file} is another one.`,
    )
  })

  it('refuses a start without its database, and creates none', () => {
    markAs(7)
    truncateSync(file)
    expect(() => requireOwnDatabase(file)).toThrow('is missing or empty. Nothing was changed.')
    rmSync(file)
    expect(() => requireOwnDatabase(file)).toThrow('is missing or empty. Nothing was changed.')
    expect(existsSync(file)).toBe(false)
  })

  it('leaves the log of the database it refuses as it is', () => {
    const killed = `${file}.killed`
    using database = new Database(killed)
    database.run('PRAGMA journal_mode = wal')
    database.run('PRAGMA user_version = 8')
    for (const suffix of ['', '-wal']) copyFileSync(killed + suffix, file + suffix)
    const size = () => statSync(`${file}-wal`).size
    const before = size()
    markAs(7)
    expect(() => requireOwnDatabase(file)).toThrow('another one')
    expect(size()).toBe(before)
  })

  it('is not made by looking for it', () => {
    requireOwnDatabase(file)
    rmSync(file)
    requireOwnDatabase(file)
    expect([existsSync(file), existsSync(marker)]).toEqual([false, false])
  })

  it('that a kill left without a number says nothing', () => {
    writeFileSync(marker, '')
    requireOwnDatabase(file)
    rmSync(file)
    requireOwnDatabase(file)
  })

  it('is claimed by one process at a time', () => {
    const end = claimDatabase(file, 7)
    expect(claimDatabase(file, 7)).toBeUndefined()
    expect(() => identityOf(marker)).toThrow('locked')
    end?.()
    markAs(7)
    expect(identityOf(marker)).toEqual([[7]])
  })

  it('is no obstacle while the process that serves the database keeps it', () => {
    onTestFinished(claimDatabase(file, 7) ?? (() => {}))
    requireOwnDatabase(file)
  })

  it('follows the number of a database that was replaced on purpose', () => {
    markAs(7)
    put(8)
    removeMarker(file)
    removeMarker(file)
    requireOwnDatabase(file)
    markAs(8)
    requireOwnDatabase(file)
    put(7)
    expect(() => requireOwnDatabase(file)).toThrow('another one')
    markAs(7)
    requireOwnDatabase(file)
  })

  it('is readable by its owner only', () => {
    markAs(7)
    expect(statSync(marker).mode & 0o777).toBe(0o600)
  })

  it('that is damaged is reported, not taken for one in use', () => {
    writeFileSync(marker, 'no database at all, and longer than a header of SQLite '.repeat(30))
    expect(() => requireOwnDatabase(file)).toThrow('not a database')
    expect(() => claimDatabase(file, 7)).toThrow('not a database')
  })
})
