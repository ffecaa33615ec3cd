import { expect, it, onTestFinished } from 'bun:test'
import { sql } from 'drizzle-orm'
import { makeSqlite } from '../../../shared/testing/describe-stores.ts'
import { createStores } from './open.ts'

// Each of them is a promise: a commit is on the disk, references hold, triggers of triggers run.
const wanted = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
  busy_timeout: 5000,
  recursive_triggers: 1,
  trusted_schema: 0,
  query_only: 0,
  ignore_check_constraints: 0,
  defer_foreign_keys: 0,
  writable_schema: 0,
  locking_mode: 'normal',
}

it('the writing connection has every setting that its guarantees need', async () => {
  const { url, remove } = await makeSqlite()
  const stores = createStores()
  onTestFinished(async () => {
    await stores.close()
    await remove()
  })
  const store = await stores.open(url)
  const found: Record<string, unknown> = {}
  for (const name of Object.keys(wanted)) {
    // What is not a SELECT goes to the writing thread, and is answered by its own connection.
    const [row] = await store.db.values<[unknown]>(sql.raw(`PRAGMA ${name}`))
    found[name] = row?.[0]
  }
  expect(found).toEqual(wanted)
})
