import { expect, it, onTestFinished } from 'bun:test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest } from '../testing/system.ts'

const id = '01900000-0000-7000-8000-00000000b1ce'

describeStores('an inventory from before types were rows', (makeDatabase) => {
  it('keeps its resources, also of a type declared by a fork', async () => {
    const database = await makeDatabase()
    onTestFinished(database.remove)
    const url = database.url.replaceAll('{service}', 'inventory')
    const folder = await mkdtemp(join(tmpdir(), 'campus-upgrade-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const isOld = (path: string) => !/\/(?!000[12])\d{4}_[^/]*$/.test(path)
    await cp(`${import.meta.dir}/migrations`, folder, { recursive: true, filter: isOld })
    const stores = createStores()
    await (await stores.open(url)).migrate(folder)
    await stores.close()
    const [key, now] = url.startsWith('postgres')
      ? [`'${id}'`, 'now()']
      : [`unhex('${id.replaceAll('-', '')}')`, '0']
    await changeByHand(
      url,
      `INSERT INTO resources (id, resource_type, name, properties, created)
       VALUES (${key}, 'Bike', 'Red bike', '{"gears":3}', ${now})`,
    )

    const system = await startForTest(async () => ({ ...database, remove: async () => {} }))
    onTestFinished(system.close)
    const bike = await system.send('GET', `/api/resources/${id}`)
    expect((await bike.json()) as Resource).toMatchObject({
      resource_type: 'Bike',
      properties: { gears: 3 },
      note: '',
    })
    const types = (await (await system.send('GET', '/api/resource_types')).json()) as ResourceType[]
    const type = types.find(({ name }) => name === 'Bike')
    expect(type).toMatchObject({ kind: 'continuous', declared: false })
    const body = { resource_type: 'Bike', name: 'Blue bike', properties: { bell: true } }
    expect((await system.send('POST', '/api/resources', { body })).status).toBe(201)
    const found = await system.send('GET', '/api/resources?q=RED')
    expect((await found.json()) as Resource[]).toHaveLength(1)
    const rename = { body: { segment: 'bikes' } }
    const renamed = await system.send('PATCH', `/api/resource_types/${type?.id}`, rename)
    expect(renamed.status).toBe(200)
  })
})
