import { describe, expect, it } from 'bun:test'
import { join } from 'node:path'
import { serviceNames } from '../../services/index.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { findUnfit, generateMigration, loadTables } from './generate.ts'
import { listMissingColumns } from './missing-columns.ts'

describe('migrations', () => {
  for (const service of serviceNames) {
    it(`of ${service} match its tables (else run: bun run migration)`, async () => {
      expect((await generateMigration(service, 'sqlite')).sql).toBe('')
      expect((await generateMigration(service, 'postgres')).sql).toBe('')
    })
  }

  it('cannot ask rows that are there for a value they lack', () => {
    const add = (column: string) => findUnfit(`CREATE TABLE t (a text NOT NULL);\n${column}`)
    for (const line of [
      'ALTER TABLE `bookings` ADD `department` text NOT NULL;',
      'ALTER TABLE "bookings" ADD COLUMN "department" text NOT NULL;',
    ]) {
      expect(add(line)).toBe(line)
      expect(add(line.replace('NOT NULL', "DEFAULT '' NOT NULL"))).toBeUndefined()
      expect(add(line.replace(' NOT NULL', ''))).toBeUndefined()
    }
  })
})

describeStores('the database made by migrations', (makeDatabase) => {
  for (const service of serviceNames) {
    it(`has every column of ${service}`, async () => {
      const database = await makeDatabase()
      const stores = createStores()
      const store = await stores.open(database.url.replace('{service}', service))
      await store.migrate(join(import.meta.dir, '../../services', service, 'migrations'))
      const tables = (await loadTables(service))(store.columns)
      expect(await listMissingColumns(store, tables)).toEqual([])
      await stores.close()
      await database.remove()
    })
  }
})
