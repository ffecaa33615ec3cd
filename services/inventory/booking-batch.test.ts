import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { createBookingBatch } from './booking-batch.ts'
import { toRow } from './booking.ts'
import { inventoryTables } from './tables.ts'
import { useVisibility } from './testing/visibility-fixture.ts'
import { span } from './testing/visibility-rows.ts'

describeStores("a booking based on a resource's visibility", (makeDatabase) => {
  const { system, add, group } = useVisibility(makeDatabase)

  it('loses if the visibility has changed since, by hand in SQL too', async () => {
    const stores = createStores()
    const url = system().databaseUrl
    const store = await stores.open(url)
    const batch = createBookingBatch(store, inventoryTables(store.columns))
    const { id } = await add('Car')
    const caller = { id: 'somebody', role: 'member', email: '', login: '', groups: [] } as const
    let hour = 0
    const book = (version: number | undefined) => {
      const body = span(hour, ++hour)
      const row = toRow(
        { type: { name: 'Car' }, resourceId: id, body, caller },
        Bun.randomUUIDv7(),
        Date.now(),
      )
      return batch.add({ row, version, response: undefined, share: undefined })
    }
    const set = (text: string) => changeByHand(url, `UPDATE resources SET visible_to = ${text}`)
    const readVersion = async () => {
      const rows = await store.rows<{ version: number }>(sql`SELECT version FROM resources`)
      return Number(rows[0]?.version)
    }
    const seen = await readVersion()
    expect([await book(undefined), await book(seen)]).toEqual([false, true])
    await set(`'[]'`)
    expect(await book(seen)).toBe(false)
    await set(`'["${group()}"]'`)
    expect([await book(seen), await book(await readVersion())]).toEqual([false, true])
    await set('NULL')
    expect(await book(undefined)).toBe(true)
    await stores.close()
  })
})
