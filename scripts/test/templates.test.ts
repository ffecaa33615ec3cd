import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStores } from '@campus/store/open.ts'
import {
  makePostgres,
  makeSqlite,
  type MakeDatabase,
} from '../../shared/testing/describe-stores.ts'
import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { makeTemplates } from './templates.ts'

it('databases are copied with the tables of all services, or created empty', async () => {
  const server = await startPostgres()
  const folder = await mkdtemp(join(tmpdir(), 'campus-template-'))
  const templates = await makeTemplates(server.url, folder)
  const before = { ...process.env }
  Object.assign(process.env, templates.environment)
  try {
    for (const makeDatabase of [makeSqlite, makePostgres]) {
      expect(await canReadUsers(makeDatabase, true)).toBe(true)
      expect(await canReadUsers(makeDatabase, false)).toBe(false)
    }
  } finally {
    for (const name of Object.keys(templates.environment)) delete process.env[name]
    Object.assign(process.env, before)
    await templates.remove()
    await rm(folder, { recursive: true })
  }
  const template = templates.environment.TEST_POSTGRES_TEMPLATE ?? ''
  const gone = createDatabase(server.url, { template }).then((url) => dropDatabase(server.url, url))
  expect(await gone.catch(String)).toContain(`"${template}" does not exist`)
  await server.stop()
})

async function canReadUsers(makeDatabase: MakeDatabase, migrated: boolean): Promise<boolean> {
  const { url, remove } = await makeDatabase({ migrated })
  const stores = createStores()
  const store = await stores.open(url.replace('{service}', 'users'))
  const canRead = await store.rows(sql`SELECT id FROM users`).then(
    () => true,
    () => false,
  )
  await stores.close()
  await remove()
  return canRead
}
