import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Opening } from '../../../shared/schemas/opening.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { ResourceType } from '../../../shared/schemas/resource-type.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest } from '../../testing/system.ts'
import { at, useInventory } from '../fixture.ts'

setDefaultTimeout(60_000)

describeStores('openings', (makeDatabase) => {
  const { call, book, system } = useInventory(makeDatabase)
  let types = 0

  /** A type of its own, and so many of it. */
  async function addType(count: number, grid: object = {}) {
    const name = `Van ${++types}`
    const property_schema = { properties: { seats: { type: 'integer' } } }
    const type = { name, kind: 'continuous', property_schema, ...grid }
    expect((await call('POST', '/api/resource_types', { body: type })).status).toBe(201)
    const vans: string[] = []
    for (let number = 1; number <= count; number++) {
      const body = { resource_type: name, name: `${number}`, properties: { seats: number } }
      const { body: van } = await call<Resource>('POST', '/api/resources', { body })
      vans.push(`/api/resources/${van.id}`)
    }
    return { name, vans }
  }

  const find = (query: Record<string, string>) =>
    call<Opening[] & Problem>('GET', `/api/openings?${new URLSearchParams(query)}`, {
      as: 'member',
    })
  const morning = { duration: 'PT3H', after: at('08') }
  const names = ({ body }: { body: Opening[] }) =>
    body.map(({ name, from_datetime: from, free_until: until }) => [name, from, until])

  it('are the earliest of a type, one per free time that is long enough', async () => {
    const { name, vans } = await addType(3)
    const [one = '', two = '', three = ''] = vans
    await book(one, at('07'), at('09'))
    await book(one, at('12'), at('13'))
    await book(two, at('08'), at('09:30'))
    await book(two, at('12'), at('13'))
    await book(three, at('10:59'), at('20'))
    const { status, body } = await find({ type: name, ...morning })
    expect(status).toBe(200)
    expect(body[0]).toEqual({
      resource_type: name,
      resource_id: one.slice(-36),
      name: '1',
      from_datetime: at('09'),
      to_datetime: at('12'),
      free_until: at('12'),
    })
    expect(names({ body })).toEqual([
      ['1', at('09'), at('12')],
      ['1', at('13'), null],
      ['2', at('13'), null],
      ['3', at('20'), null],
    ])
    expect(names(await find({ type: name, ...morning, limit: '1' }))).toEqual([
      ['1', at('09'), at('12')],
    ])
    const until = await find({ type: name, ...morning, before: at('16') })
    expect(until.body.map((opening) => opening.name)).toEqual(['1', '1', '2'])
    expect(
      names(await find({ type: name, duration: 'PT1H', after: at('08'), where: 'seats=3' })),
    ).toEqual([
      ['3', at('08'), at('10:59')],
      ['3', at('20'), null],
    ])
    expect(names(await find({ type: name, ...morning, where: 'seats<=2', limit: '2' }))).toEqual([
      ['1', at('09'), at('12')],
      ['1', at('13'), null],
    ])
    const both = { type: name, duration: 'PT1H', after: at('13'), where: 'seats<=2' }
    expect(names(await find(both))).toEqual([
      ['1', at('13'), null],
      ['2', at('13'), null],
    ])
    expect(names(await find({ resource_id: two.slice(-36), ...morning }))).toEqual([
      ['2', at('13'), null],
    ])
  })

  it('follow a renamed type', async () => {
    const { name, vans } = await addType(1)
    await book(vans[0] ?? '', at('08'), at('09'))
    expect(names(await find({ type: name, ...morning }))).toEqual([['1', at('09'), null]])
    const { body: all } = await call<ResourceType[]>('GET', '/api/resource_types')
    const type = all.find((one) => one.name === name)
    const path = `/api/resource_types/${type?.id}`
    await call('PATCH', path, { body: { name: `New ${name}` } })
    expect(names(await find({ type: `New ${name}`, ...morning }))).toEqual([['1', at('09'), null]])
    const { body: again } = await call<ResourceType>('POST', '/api/resource_types', {
      body: { name, segment: `again-${types}` },
    })
    expect(names(await find({ type: again.name, ...morning }))).toEqual([])
  })

  it('are unlimited: a type that is booked for years has its opening afterwards', async () => {
    const { name, vans } = await addType(2)
    await book(vans[0] ?? '', at('07'), '2090-01-01T00:00:00.000Z')
    await call('POST', `${vans[1]}/allocations`, {
      body: { from_datetime: at('07'), to_infinity: true },
    })
    expect(names(await find({ type: name, ...morning }))).toEqual([
      ['1', '2090-01-01T00:00:00.000Z', null],
    ])
  })

  it('follow what is booked, moved and released, held, retired and returned', async () => {
    const { name, vans } = await addType(1)
    const [van = ''] = vans
    const starts = async () =>
      (await find({ type: name, ...morning })).body.map(({ from_datetime }) => from_datetime)
    expect(await starts()).toEqual([at('08')])
    const { body: booked } = await book(van, at('08'), at('09'))
    expect(await starts()).toEqual([at('09')])
    await call('PATCH', `${van}/allocations/${booked.id}`, { body: { to_datetime: at('10') } })
    expect(await starts()).toEqual([at('10')])
    await call('DELETE', `${van}/allocations/${booked.id}`)
    expect(await starts()).toEqual([at('08')])
    const hold = { from_datetime: at('08'), to_datetime: at('11'), hold_for: 'PT15M' }
    const held = await call<Allocation>('POST', `${van}/allocations`, { body: hold })
    expect(await starts()).toEqual([at('11')])
    await call('POST', `/api/allocations/${held.body.id}/release`)
    expect(await starts()).toEqual([at('08')])
    await call('DELETE', van)
    expect(await starts()).toEqual([])
    expect((await find({ resource_id: van.slice(-36), ...morning })).status).toBe(404)
    await call('POST', `${van}/return`)
    expect(await starts()).toEqual([at('08')])
  })

  it('return when a hold has ended, without an event', async () => {
    const { name, vans } = await addType(1)
    expect(names(await find({ type: name, ...morning }))).toHaveLength(1)
    const body = { from_datetime: at('08'), to_datetime: at('11'), hold_for: 'PT1S' }
    await call('POST', `${vans[0]}/allocations`, { body })
    expect(names(await find({ type: name, ...morning }))).toEqual([['1', at('11'), null]])
    await Bun.sleep(1100)
    expect(names(await find({ type: name, ...morning }))).toEqual([['1', at('08'), null]])
  })

  it('are whole slots on a grid, and begin on given steps', async () => {
    const { name, vans } = await addType(1, { kind: 'interval', slot_seconds: 3600 })
    await book(vans[0] ?? '', at('08'), at('09'))
    const slots = await find({ type: name, duration: 'PT90M', after: at('08:20') })
    expect(slots.body[0]).toMatchObject({ from_datetime: at('09'), to_datetime: at('11') })
    const refused = await find({ type: name, ...morning, step: 'PT90M' })
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([422, '?step'])

    const continuous = await addType(1)
    await book(continuous.vans[0] ?? '', at('08'), at('09:10'))
    const stepped = await find({ type: continuous.name, ...morning, step: 'PT30M' })
    expect(names(stepped)).toEqual([['1', at('09:30'), null]])
  })

  it('are never in the past', async () => {
    const { name } = await addType(1)
    const { body } = await find({ type: name, duration: 'PT1H', after: '2001-01-01T00:00Z' })
    expect(Date.parse(body[0]?.from_datetime ?? '')).toBeGreaterThan(Date.now() - 60_000)
    const late = await find({ type: name, duration: 'PT1H', before: '2001-01-01T00:00Z' })
    expect([late.status, late.body.errors?.[0]?.pointer]).toEqual([422, '?before'])
  })

  it('are the same in every process, also after changes by hand', async () => {
    // More than are read at once.
    const { name, vans } = await addType(45)
    const url = system().databaseUrl.replace(/inventory(?=$|\.sqlite)/, '{service}')
    const replica = await startForTest(async () => ({ url, remove: async () => {} }))
    const ask = async () => {
      const query = { type: name, ...morning, limit: '200' }
      const response = await replica.send('GET', `/api/openings?${new URLSearchParams(query)}`)
      const openings = (await response.json()) as Opening[]
      const starts = new Set(openings.map(({ from_datetime }) => from_datetime))
      return [openings.length, ...starts]
    }
    try {
      expect(await ask()).toEqual([45, at('08')])
      for (const van of vans) await book(van, at('08'), at('09'))
      expect(await ask()).toEqual([45, at('09')])
      // More events than are read at once.
      const touch = "UPDATE allocations SET description = 'by hand';"
      await changeByHand(system().databaseUrl, touch.repeat(25) + 'DELETE FROM allocations')
      expect(await ask()).toEqual([45, at('08')])
    } finally {
      await replica.close()
    }
  })

  it('are refused without a type, for an unknown one, and for impossible lengths', async () => {
    const { name } = await addType(0)
    for (const [query, pointer] of [
      [{ duration: 'PT1H' }, '?type'],
      [{ type: 'Nothing', duration: 'PT1H' }, '?type'],
      [{ type: name, duration: 'PT0M' }, '?duration'],
      [{ type: name, duration: 'P367D' }, '?duration'],
      [{ type: name, duration: 'three hours' }, '?duration'],
      [{ type: name, duration: 'PT1H', after: '2027-02-30T00:00Z' }, '?after'],
      [{ type: name, duration: 'PT1H', limit: '201' }, '?limit'],
    ] as const) {
      const { status, body } = await find(query)
      expect([query, status, body.errors?.[0]?.pointer]).toEqual([query, 422, pointer])
    }
    expect(names(await find({ type: name, duration: 'PT1H' }))).toEqual([])
  })
})
