import { expect, it, setDefaultTimeout } from 'bun:test'
import { join } from 'node:path'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { notificationsTables } from '../tables.ts'
import { until } from './fixture.ts'
import { createLeases } from './lease.ts'

setDefaultTimeout(60_000)

describeStores('a lease', (makeDatabase) => {
  it('is given up before it expires if the database is unavailable', async () => {
    const database = await makeDatabase({ migrated: true })
    const stores = createStores()
    const store = await stores.open(database.url.replace('{service}', 'notifications'))
    await store.migrate(join(import.meta.dir, '../migrations'))
    const tables = notificationsTables(store.columns)
    const id = Bun.randomUUIDv7()
    const now = Date.now()
    await store.db.insert(tables.webhooks).values({
      id,
      url: 'https://hooks.example.com',
      description: '',
      events: '*',
      state: 'enabled',
      created: now,
      version: 1,
      read_transaction: 0,
      read_position: 0,
      failures: 0,
      next_try: now,
    })
    const leases = createLeases({ store, id: () => Bun.randomUUIDv7() }, tables)
    const claimed_ms = performance.now()
    const lease = (await leases.claim(id)) ?? ''
    const { lost, stop } = leases.keep(id, lease, claimed_ms)
    expect(lost.aborted).toBe(false)
    await stores.close()
    await until(() => lost.aborted)
    stop()
    await database.remove()
  })
})
