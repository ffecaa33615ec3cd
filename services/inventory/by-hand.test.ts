import { expect, it } from 'bun:test'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

describeStores('SQL by hand', (makeDatabase) => {
  const { call, add, book, system } = useInventory(makeDatabase)
  const refuse = async (text: string) => {
    const change = changeByHand(system().databaseUrl, text)
    const refused = change.then(() => undefined).catch((error: Error) => error.message)
    expect([text, await refused]).toEqual([text, expect.any(String)])
  }

  it('is refused for invalid types, as by the API', async () => {
    const { body: type } = await call<ResourceType>('POST', '/api/resource_types', {
      body: { name: 'By hand', kind: 'interval', slot_seconds: 900 },
    })
    const { body: before } = await call('GET', '/api/resource_types', { as: null })
    const set = (what: string) => `UPDATE resource_types SET ${what} WHERE name = '${type.name}'`
    const schemas = [
      'nope',
      'null',
      '{}',
      '[]',
      '{"type":"object","properties":[],"required":[],"additionalProperties":true}',
      '{"type":"object","properties":{},"required":[]}',
    ]
    for (const schema of schemas) await refuse(set(`property_schema = '${schema}'`))
    for (const name of ['', 'x'.repeat(51)]) await refuse(set(`name = '${name}'`))
    for (const segment of ['', 'A', '1a', 'a/b', 'a b']) await refuse(set(`segment = '${segment}'`))
    for (const length of [0, 59, 61, 90, 2_678_460]) await refuse(set(`slot_seconds = ${length}`))
    await refuse(set("plural = ''"))
    const never = system().databaseUrl.startsWith('sqlite') ? '9007199254740991' : `'infinity'`
    await refuse(set(`slot_origin = ${never}`))
    await refuse(set(`created = ${never}`))
    expect((await call('GET', '/api/resource_types', { as: null })).body).toEqual(before)
  })

  it('is refused for resources and bookings with invalid JSON, as by the API', async () => {
    const car = await add()
    await book(car, at('09'), at('10'))
    for (const json of ['nope', '[1]', '1', 'null', '{a:1}', '']) {
      await refuse(`UPDATE resources SET properties = '${json}'`)
      await refuse(`UPDATE allocations SET dump = '${json}'`)
    }
    await changeByHand(
      system().databaseUrl,
      `UPDATE allocations SET dump = '{"a":"\\ud800\\u0000"}'`,
    )
    const board = `/api/allocations?from=${at('00')}&to=${at('23')}`
    expect((await call('GET', board, { as: 'member' })).status).toBe(200)
    expect((await call('GET', '/api/cars', { as: 'member' })).status).toBe(200)
  })
})
