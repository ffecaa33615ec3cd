import { hash } from 'node:crypto'
import { expect, it, onTestFinished } from 'bun:test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStores } from '@campus/store/open.ts'
import { bookingsTables } from './tables.ts'
import type { Display, DisplayNow } from '../../shared/schemas/display.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { toAnswer } from '../testing/use-system.ts'
import { startForTest } from '../testing/system.ts'

const address = `display.${'x'.repeat(43)}`
const addressHash = hash('sha256', address, 'base64url')
const ids = ['d', 'c', 'e'].map((end) => `01900000-0000-7000-8000-00000000b1c${end}`)

describeStores(
  'displays, calendars and series from before types were stored by id',
  (makeDatabase) => {
    it('are of the types of their names', async () => {
      const database = await makeDatabase()
      onTestFinished(database.remove)
      const url = database.url.replaceAll('{service}', 'bookings')
      const folder = await mkdtemp(join(tmpdir(), 'campus-upgrade-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const isOld = (path: string) => !/\/(?!00([01]\d|2[0-5]))\d{4}_[^/]*$/.test(path)
      await cp(`${import.meta.dir}/migrations`, folder, { recursive: true, filter: isOld })
      const stores = createStores()
      await (await stores.open(url)).migrate(folder)
      await stores.close()
      const isSqlite = url.startsWith('sqlite')
      const [display, calendar, series] = ids.map((id) =>
        isSqlite ? `unhex('${id.replaceAll('-', '')}')` : `'${id}'`,
      )
      const now = isSqlite ? String(Date.now()) : 'now()'
      await changeByHand(
        url,
        `INSERT INTO displays (id, slot, address_hash, name, resource_type, hidden, with_names,
          created, created_by) VALUES
        (${display}, 1, '${addressHash}', 'At the gate', 'Car', '[]', 0, ${now}, 'anna');
      INSERT INTO calendars (id, user_id, slot, address_hash, name, resource_type, created) VALUES
        (${calendar}, 'anna', 1, 'y', 'Lorries', 'Lorry', ${now});
      INSERT INTO booking_series (id, rule, time_zone, items, created) VALUES
        (${series}, 'FREQ=DAILY', 'UTC', '[{"type":"Truck"},{"type":"Gone"}]', ${now});`,
      )

      const system = await startForTest(async () => ({ ...database, remove: async () => {} }))
      onTestFinished(system.close)
      const get = async <T>(path: string) =>
        (await toAnswer<T>(await system.send('GET', path))).body
      const types = await get<ResourceType[]>('/api/resource_types')
      const idOf = (name: string) => types.find((type) => type.name === name)?.id ?? ''
      const read = await stores.open(url)
      onTestFinished(() => stores.close())
      const { displays, calendars, booking_series } = bookingsTables(read.columns)
      const readIds = async () => {
        const [first] = await read.db.select().from(displays)
        const [second] = await read.db.select().from(calendars)
        const [third] = await read.db.select().from(booking_series)
        return [first?.type_id, second?.type_id, third?.type_ids]
      }
      system.startTasks()
      for (let at = 0; at < 200 && (await readIds()).includes(null); at++) await Bun.sleep(100)
      const [car, lorry, trucks] = await readIds()
      expect([car, lorry]).toEqual([idOf('Car'), idOf('Lorry')])
      const none = '00000000-0000-0000-0000-000000000000'
      expect(JSON.parse(trucks ?? '')).toEqual({ Truck: idOf('Truck'), Gone: none })
      expect((await get<Display[]>('/api/displays')).map(({ type }) => type)).toEqual(['Car'])
      expect((await get<DisplayNow>(`/api/displays/now/${address}`)).name).toBe('At the gate')
    })
  },
)
