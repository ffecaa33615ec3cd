import { expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

describeStores('resources', (makeDatabase) => {
  const { call, add, book, audit, system } = useInventory(makeDatabase)

  it('store what they are given, with unique names in a type', async () => {
    const body = { name: 'Blue', properties: { seats: 5 } }
    const { status, headers, body: made } = await call<Resource>('POST', '/api/cars', { body })
    expect(status).toBe(201)
    expect(made).toMatchObject({ ...body, resource_type: 'Car' })
    expect(headers.get('location')).toBe(`/api/cars/${made.id}`)
    expect((await call('GET', `/api/cars/${made.id}`)).body).toEqual(made)
    const again = await call<Problem>('POST', '/api/cars', { body })
    expect(again).toMatchObject({ status: 409, body: { code: 'resource_name_taken' } })
    expect((await call('POST', '/api/trucks', { body })).status).toBe(201)
  })

  it('do not call a name taken that the database refused for another reason', async () => {
    const url = system().databaseUrl
    const [refuse, allow] = url.startsWith('sqlite:')
      ? [
          `CREATE TRIGGER by_hand BEFORE INSERT ON resources
           BEGIN SELECT RAISE(ABORT, 'refused by hand'); END`,
          'DROP TRIGGER by_hand',
        ]
      : [
          'ALTER TABLE resources ADD CONSTRAINT by_hand CHECK (false) NOT VALID',
          'ALTER TABLE resources DROP CONSTRAINT by_hand',
        ]
    await changeByHand(url, refuse)
    const body = { name: 'Unlucky' }
    expect((await call('POST', '/api/cars', { body })).status).toBeGreaterThanOrEqual(500)
    await changeByHand(url, allow)
    expect((await call('POST', '/api/cars', { body })).status).toBe(201)
  })

  it('create one of 20 simultaneous resources of one name', async () => {
    const body = { name: 'Contested' }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('POST', '/api/lorries', { body })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
  })

  it('list a type by name, page by page, each once', async () => {
    const names = ['b', 'a', 'd', 'c', 'é'].map((letter) => `list ${letter}`)
    for (const name of names) await call('POST', '/api/launchpads', { body: { name } })
    const seen: string[] = []
    let path: string | undefined = '/api/launchpads?limit=2'
    while (path) {
      const { body, headers }: { body: Resource[]; headers: Headers } = await call('GET', path)
      seen.push(...body.map(({ name }) => name))
      path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(names.toSorted())
  })

  it('are renamed and described, unless changed meanwhile', async () => {
    const car = await add()
    const etag = (await call('GET', car)).headers.get('etag') ?? ''
    const headers = { 'if-match': etag }
    const { body } = await call<Resource>('PATCH', car, { headers, body: { name: 'Renamed' } })
    expect(body.name).toBe('Renamed')
    expect((await call('PATCH', car, { headers, body: { name: 'Late' } })).status).toBe(412)
    const taken = await call('PATCH', await add(), { body: { name: 'Renamed' } })
    expect(taken).toMatchObject({ status: 409, body: { code: 'resource_name_taken' } })
    expect((taken.body as Problem).detail).toContain('"Renamed"')
    const properties = { doors: 3 }
    const described = await call('PATCH', car, { body: { properties } })
    expect(described.body).toMatchObject({ name: 'Renamed', properties })
    expect(described.headers.get('etag')).toStartWith('"v3-')
    expect((await call('GET', car)).headers.get('etag')).toStartWith('"v3-')
  })

  it('let one of ten simultaneous changes win, and change nothing else', async () => {
    const [car, other] = [await add(), await add()]
    const { body: before, headers: read } = await call('GET', other)
    const headers = { 'if-match': (await call('GET', car)).headers.get('etag') ?? '' }
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        call('PATCH', car, { headers, body: { properties: { at } } }),
      ),
    )
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([200, ...Array<number>(9).fill(412)])
    const after = await call('GET', other)
    expect([after.body, after.headers.get('etag')]).toEqual([before, read.get('etag')])
  })

  it('return the stored response to a retry', async () => {
    const headers = { 'idempotency-key': 'resource-1' }
    const send = (name: string) => call('POST', '/api/cars', { headers, body: { name } })
    const first = await send('Once')
    const again = await send('Once')
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect(first.headers.has('idempotent-replayed')).toBe(false)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    const reused = await send('Twice')
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  it('are retired if unused; otherwise the number of bookings is given', async () => {
    const car = await add()
    const { body: booking } = await book(car, '2999-01-01T00:00:00Z', '2999-01-02T00:00:00Z')
    await book(car, '2001-01-01T00:00:00Z', '2001-01-02T00:00:00Z')
    const refused = await call('DELETE', car)
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'resource_in_use', allocations: 1 },
    })
    await call('DELETE', `${car}/allocations/${booking.id}`)
    expect((await call('DELETE', car)).status).toBe(204)
    expect((await call('GET', car)).status).toBe(404)
    expect((await call('DELETE', car)).status).toBe(404)
    expect((await book(car, at('09:00'), at('10:00'))).body.code).toBe('resource_not_found')
    expect((await book(car, '1999-01-01T00:00Z', '1999-01-02T00:00Z')).status).toBe(404)
    expect((await audit()).overlaps).toBe(0)
  })

  it('cancel bookings on request when retired, and free the name', async () => {
    const body = { name: 'Old van' }
    const { body: van } = await call<Resource>('POST', '/api/cars', { body })
    const path = `/api/cars/${van.id}`
    await book(path, '2999-01-01T00:00:00Z', '2999-01-02T00:00:00Z')
    expect((await call('DELETE', `${path}?allocations=cancel`)).status).toBe(204)
    expect((await call('POST', '/api/cars', { body })).status).toBe(201)
  })

  it('cancel only bookings of that resource that have not ended', async () => {
    const [van, other] = [await add(), await add()]
    await book(van, '2001-01-01T00:00:00Z', '2001-01-02T00:00:00Z')
    await book(van, '2999-01-01T00:00:00Z', '2999-01-02T00:00:00Z')
    const { body: kept } = await book(other, '2999-01-01T00:00:00Z', '2999-01-02T00:00:00Z')
    const before = await audit()
    const remove = () => call('DELETE', `${van}?allocations=cancel`)
    const answers = await Promise.all([remove(), remove(), remove()])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404, 404])
    expect((await call('GET', `${other}/allocations`)).body).toEqual([kept])
    // What is booked goes; what was is kept.
    expect((await audit()).allocations).toBe(before.allocations - 1)
  })

  it('let either the bookings or the retirement win, never both', async () => {
    const car = await add()
    const spans = Array.from({ length: 20 }, (_, day) => `29${String(day + 10)}-01-01T`)
    const [gone, ...booked] = await Promise.all([
      call('DELETE', car),
      ...spans.map((date) => book(car, `${date}09:00Z`, `${date}10:00Z`)),
    ])
    const won = booked.filter(({ status }) => status === 201).length
    if (gone.status === 204) expect((await call('GET', car)).status).toBe(404)
    else expect(won).toBeGreaterThan(0)
    expect((await audit()).overlaps).toBe(0)
  })

  it('describe what can be booked, and how', async () => {
    const { body } = await call<ResourceType[]>('GET', '/api/resource_types')
    expect(body.map((type) => type.path)).toEqual([
      '/api/cars',
      '/api/lorries',
      '/api/trucks',
      '/api/runways',
      '/api/launchpads',
    ])
    expect(body.find((type) => type.resource_type === 'Runway')).toMatchObject({
      kind: 'interval',
      slot_seconds: 900,
    })
  })
})
