import { beforeAll, expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useInventory } from './fixture.ts'

const rooms: [name: string, properties: object][] = [
  ['Ada', { seats: 4, floor: 'ground', screen: true }],
  ['Babbage', { seats: 8, floor: 'first, left', screen: false }],
  ['Übung', { seats: 12.5, floor: '12' }],
  ['100 % quiet', {}],
]

describeStores('a search among resources', (makeDatabase) => {
  const { call, book, system } = useInventory(makeDatabase)

  beforeAll(async () => {
    const rules = {
      seats: { type: 'number', minimum: 1 },
      floor: { type: 'string' },
      screen: { type: 'boolean' },
    }
    const body = { name: 'Room', property_schema: { properties: rules } }
    expect((await call('POST', '/api/resource_types', { body })).status).toBe(201)
    for (const [name, properties] of rooms) {
      const room = { resource_type: 'Room', name, properties }
      expect((await call('POST', '/api/resources', { body: room })).status).toBe(201)
    }
    // What was there before types had rules: any JSON, also some that PostgreSQL's own cannot hold.
    const strange = { seats: 'many', odd: '\0', 'a.b': 1, nested: { seats: 4 } }
    const car = { name: 'Ada', properties: strange }
    expect((await call('POST', '/api/cars', { body: car })).status).toBe(201)
  })

  const search = (query: Record<string, string>, path = '/api/resources') =>
    call<Resource[] & Problem>('GET', `${path}?${new URLSearchParams(query)}`, { as: 'anna' })
  const names = async (query: Record<string, string>) => {
    const { status, body } = await search(query)
    expect([query, status]).toEqual([query, 200])
    return body.map(({ name }) => name)
  }
  const where = (text: string) => names({ type: 'Room', where: text })

  it('finds resources by id, and only those', async () => {
    const { body: all } = await search({ type: 'Room' })
    const ids = all.filter(({ name }) => name !== 'Ada').map(({ id }) => id)
    expect(await names({ ids: ids.join() })).toEqual(['100 % quiet', 'Babbage', 'Übung'])
    expect(await names({ ids: ids.join(), where: 'seats>=8' })).toEqual(['Babbage', 'Übung'])
    const { status } = await search({ ids: 'Ada' })
    expect(status).toBe(422)
  })

  it('compares numbers as numbers, and texts as texts', async () => {
    expect(await where('seats>=8')).toEqual(['Babbage', 'Übung'])
    expect(await where('seats<8')).toEqual(['Ada'])
    expect(await where('seats=12.5')).toEqual(['Übung'])
    expect(await where('seats!=4')).toEqual(['Babbage', 'Übung'])
    expect(await where('floor=ground')).toEqual(['Ada'])
    expect(await where('floor=12')).toEqual(['Übung'])
    expect(await where('floor="first, left"')).toEqual(['Babbage'])
    expect(await where('screen=true')).toEqual(['Ada'])
    expect(await where('screen!=true')).toEqual(['Babbage'])
    expect(await where('seats>=4,screen=false')).toEqual(['Babbage'])
    expect(await where('')).toHaveLength(4)
    const twice = await call<Resource[]>('GET', '/api/resources?where=seats>=4&where=screen=false')
    expect(twice.body.map(({ name }) => name)).toEqual(['Babbage'])
  })

  it('is the same over all types, whatever their properties', async () => {
    expect(await names({ where: 'seats>0' })).toEqual(['Ada', 'Babbage', 'Übung'])
    expect((await search({ where: 'seats=many' })).status).toBe(200)
    expect(await names({ where: 'nothing=1' })).toEqual([])
    await changeByHand(
      system().databaseUrl,
      `UPDATE resources SET properties = '{"seats":"many"}'
      WHERE resource_type = 'Car'`,
    )
    expect(await names({ where: 'seats=many' })).toEqual(['Ada'])
    expect(await names({ where: 'seats!=4' })).toEqual(['Ada', 'Babbage', 'Übung'])
  })

  it('finds literal parts of names, ignoring case', async () => {
    expect(await names({ type: 'Room', q: 'übu' })).toEqual(['Übung'])
    expect(await names({ q: 'ADA' })).toEqual(['Ada', 'Ada'])
    expect(await names({ q: '0 %' })).toEqual(['100 % quiet'])
    expect(await names({ q: '_' })).toEqual([])
    const byHand = `UPDATE resources SET search_name = NULL WHERE name = 'Ada'`
    await changeByHand(system().databaseUrl, byHand)
    expect(await names({ q: 'aDa' })).toEqual(['Ada', 'Ada'])
  })

  it('explains an invalid condition', async () => {
    const wrong: [string, RegExp][] = [
      ['seat>=5', /no property seat\. Properties: seats, floor, screen/],
      ['floor>2', /floor has no order/],
      ['seats=many', /compared with a number/],
      ['seats', /Invalid condition at "seats"/],
      ['seats=5,', /ends with a comma/],
      ['seats=5,,floor=1', /Invalid condition/],
      ['seats=5 OR 1=1', /compared with a number/],
      ['floor="open', /Invalid condition/],
      ['floor="\\x"', /not a valid JSON string/],
      ['floor="1\\u0000"', /contains a NUL/],
      ['floor="\\ud800"', /a lone surrogate/],
      [Array.from({ length: 11 }, () => 'seats=1').join(), /more than 10 conditions/],
    ]
    for (const [text, detail] of wrong) {
      const { status, body } = await search({ type: 'Room', where: text })
      expect([text, status, body.code]).toEqual([text, 422, 'where_invalid'])
      expect(body.errors?.[0]).toMatchObject({
        pointer: '?where',
        detail: expect.stringMatching(detail),
      })
    }
    const { status, body } = await search({ type: 'Rom' })
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, '?type'])
  })

  it('treats hostile text as text', async () => {
    const quotes = `' OR '1'='1`
    const hostile = [
      `floor=${quotes}`,
      `floor=${JSON.stringify(quotes)}`,
      `floor="'); DROP TABLE resources; --"`,
      'floor=$1',
      'floor=?1',
      `floor=${'a'.repeat(400)}`,
      'floor=%',
    ]
    for (const text of hostile) expect([text, await where(text)]).toEqual([text, []])
    const names = [`floor'=1`, `floor"]=1`, `$.floor=1`, '__proto__=1', 'constructor=1', 'FLOOR=1']
    for (const text of names) {
      expect([text, (await search({ type: 'Room', where: text })).status]).toEqual([text, 422])
    }
    expect((await search({ q: `%' OR 1=1 --` })).body).toEqual([] as never)
    expect((await search({ where: `floor=${'a'.repeat(600)}` })).status).toBe(422)
    expect(await where('seats>0')).toHaveLength(3)
  })

  it('pages through types and names, each once', async () => {
    const seen: string[] = []
    let path: string | undefined = '/api/resources?limit=2'
    while (path) {
      const { body, headers }: { body: Resource[]; headers: Headers } = await call('GET', path)
      seen.push(...body.map(({ resource_type, name }) => `${resource_type} ${name}`))
      path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(['Car Ada', ...rooms.map(([name]) => `Room ${name}`).toSorted()])
  })

  it('finds what is free for an entire span, and fits', async () => {
    const { body } = await search({ type: 'Room', q: 'babbage' })
    const span = { from: '2031-01-01T09:00:00Z', to: '2031-01-01T10:00:00Z' }
    await book(`/api/resources/${body[0]?.id}`, span.from, span.to)
    const free = await search(
      { ...span, type: 'Room', where: 'seats>=4' },
      '/api/resources/availability',
    )
    expect(free.body.map(({ name }) => name)).toEqual(['Ada', 'Übung'])
  })
})
