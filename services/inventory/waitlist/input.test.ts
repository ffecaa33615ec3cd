import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useInventory } from '../fixture.ts'

setDefaultTimeout(60_000)

describeStores('an entry of the waiting list', (makeDatabase) => {
  const { call, add, book, system } = useInventory(makeDatabase)

  type Answer = WaitlistEntry & Omit<Problem, 'status'>
  const path = '/api/waitlist'
  const idOf = (car: string) => car.slice(-36)
  const nine = { from_datetime: at('09'), to_datetime: at('10') }
  const join = (body: object, options: object = {}) =>
    call<Answer>('POST', path, { as: 'member', body, ...options })
  const taken = async (type = 'cars') => {
    const car = await add(type)
    await book(car, at('06'), at('18'))
    return car
  }
  const list = async (query: string, as: string) =>
    (await call<WaitlistEntry[]>('GET', `${path}?${query}`, { as })).body

  it('reports all of its faults at once', async () => {
    const resource_id = idOf(await taken())
    const flexible = { earliest: at('08'), latest: at('12'), duration: 'PT1H' }
    const bad: [object, number, string][] = [
      [{ ...nine }, 422, 'invalid_input'],
      [{ type: 'Car', resource_id, ...nine }, 422, 'invalid_input'],
      [{ resource_id, where: 'seats>=5', ...nine }, 422, 'invalid_input'],
      [{ type: 'Car', where: 'seats!5', ...nine }, 422, 'where_invalid'],
      [{ type: 'Balloon', ...nine }, 422, 'resource_type_not_found'],
      [{ resource_id: Bun.randomUUIDv7(), ...nine }, 404, 'resource_not_found'],
      [{ resource_id }, 422, 'invalid_input'],
      [{ resource_id, ...nine, ...flexible }, 422, 'invalid_input'],
      [{ resource_id, from_datetime: at('09') }, 422, 'invalid_input'],
      [{ resource_id, from_datetime: at('10'), to_datetime: at('09') }, 422, 'empty_span'],
      [{ resource_id, ...flexible, duration: 'PT5H' }, 422, 'empty_span'],
      [{ resource_id, ...flexible, duration: 'PT0S' }, 422, 'empty_span'],
      [{ resource_id, ...flexible, duration: '3 hours' }, 422, 'invalid_input'],
      [{ resource_id, ...nine, from_datetime: '2027-02-30T09:00:00Z' }, 422, 'invalid_input'],
      [{ resource_id, ...nine, hold_for: 'PT1H' }, 422, 'invalid_input'],
      [{ resource_id, ...nine, on_free: 'hold', hold_for: 'PT25H' }, 422, 'hold_too_long'],
      [{ resource_id, ...nine, until: at('09:30') }, 422, 'too_late'],
      [{ resource_id, ...nine, until: '2020-01-01T00:00:00Z' }, 422, 'too_late'],
      [{ resource_id, ...nine, from_datetime: '2020-01-01T00:00:00Z' }, 422, 'span_too_long'],
      [{ resource_id, ...nine, booked_for: Bun.randomUUIDv7() }, 403, 'forbidden'],
      [{ type: 'Runway', ...nine, to_datetime: at('10:10') }, 422, 'not_on_slot_grid'],
    ]
    for (const [body, status, code] of bad) {
      const answer = await join(body)
      expect([body, answer.status, answer.body.code]).toEqual([body, status, code])
    }
    expect(await list('mine=true', 'member')).toEqual([])
  })

  it('is on the grid of its type when it is served', async () => {
    const runway = await taken('runways')
    const flexible = { earliest: at('06'), latest: at('12'), duration: 'PT30M' }
    const { body } = await join({ resource_id: idOf(runway), ...flexible })
    expect(body.status).toBe('waiting')
    const [booked] = (await call<{ id: string }[]>('GET', `${runway}/allocations`)).body
    const later = { body: { from_datetime: at('06:15') } }
    await call('PATCH', `${runway}/allocations/${booked?.id}`, later)
    expect((await call<Answer>('GET', `${path}/${body.id}`)).body.status).toBe('waiting')
    const half = { body: { from_datetime: at('06:30') } }
    await call('PATCH', `${runway}/allocations/${booked?.id}`, half)
    const { allocation } = (await call<Answer>('GET', `${path}/${body.id}`)).body
    expect(allocation).toMatchObject({ from_datetime: at('06'), to_datetime: at('06:30') })
  })

  it('is its owner’s alone, and administrators see all', async () => {
    const car = await taken()
    const { body: own } = await join(
      { resource_id: idOf(car), ...nine, reference: 'no. 7' },
      { as: 'mary' },
    )
    const { body: other } = await join({ resource_id: idOf(car), ...nine }, { as: 'peter' })
    expect(await list('', 'mary')).toEqual([own])
    const all = (await list('status=waiting&limit=200', 'admin')).map(({ id }) => id)
    expect(all).toContain(own.id)
    expect(all).toContain(other.id)
    expect(await list('mine=true', 'admin')).toEqual([])
    for (const method of ['GET', 'DELETE']) {
      expect((await call(method, `${path}/${own.id}`, { as: 'peter' })).status).toBe(403)
    }
    const body = { resource_id: idOf(car), ...nine, booked_for: own.created_by }
    const { body: given } = await join(body, { as: 'admin' })
    expect((await list('mine=true', 'mary')).map(({ id }) => id)).toEqual([own.id, given.id])
    expect(given.position).toBe(3)
  })

  it('can be left, unless it was served: then there is a booking', async () => {
    const car = await taken()
    const { body } = await join({ resource_id: idOf(car), ...nine })
    expect((await call('DELETE', `${path}/${body.id}`, { as: 'member' })).status).toBe(204)
    expect((await call('GET', `${path}/${body.id}`)).status).toBe(404)
    const { body: served } = await join({ resource_id: idOf(await add()), ...nine })
    const left = await call<Answer>('DELETE', `${path}/${served.id}`, { as: 'member' })
    expect([left.status, left.body.code]).toEqual([409, 'already_served'])
  })

  it('is made once by each idempotency key', async () => {
    const body = { resource_id: idOf(await taken()), ...nine }
    const options = { as: 'once', headers: { 'idempotency-key': 'a wait'.replace(' ', '-') } }
    const [first, second] = [await join(body, options), await join(body, options)]
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(second.body).toEqual(first.body)
    expect(await list('', 'once')).toEqual([first.body])
  })

  it('is limited to fifty per user', async () => {
    const resource_id = idOf(await taken())
    const answers: number[] = []
    for (let at = 0; at < 51; at++)
      answers.push((await join({ resource_id, ...nine }, { as: 'greedy' })).status)
    expect(answers.filter((status) => status === 201)).toHaveLength(50)
    const { body, status } = await join({ resource_id, ...nine }, { as: 'greedy' })
    expect([status, body.code]).toEqual([409, 'too_many_entries'])
    const first = await list('limit=20', 'greedy')
    expect(first.map(({ position }) => position)).toEqual(first.map((_, at) => at + 1))
  })

  it('expires when it can no longer start, or earlier, and is then not served', async () => {
    const car = await taken()
    const { body } = await join({ resource_id: idOf(car), ...nine })
    const isSqlite = system().databaseUrl.startsWith('sqlite:')
    const id = isSqlite ? `unhex('${body.id}', '-')` : `'${body.id}'`
    const past = isSqlite ? '1' : `'1970-01-02'`
    await changeByHand(system().databaseUrl, `UPDATE waitlist SET until = ${past} WHERE id = ${id}`)
    await call('DELETE', `${car}/allocations/${await firstOf(car)}`)
    const { body: expired } = await call<Answer>('GET', `${path}/${body.id}`)
    expect(expired).toMatchObject({ status: 'expired', position: null, allocation: null })
    expect((await list('status=expired', 'member')).map(({ id }) => id)).toEqual([body.id])
  })

  it('matches what a search with its conditions finds', async () => {
    const values = [
      { seats: 5, fuel: 'diesel' },
      { seats: 4.5, fuel: '5' },
      { seats: '5', fuel: 'Diesel' },
      { fuel: true },
      { seats: null, fuel: 5, x: { y: 1 } },
      { seats: 15, fuel: 'a, "b"' },
      { seats: 'ü\u0000', fuel: 'ü' },
    ]
    const wheres = ['seats>=5', 'seats=5', 'seats!=5', 'fuel=diesel', 'fuel=true', 'fuel!=diesel']
    wheres.push('seats<5.5,fuel=5', 'fuel="a, \\"b\\""', 'fuel=ü', 'missing=1', '')
    const { body: type } = await call<{ name: string }>('POST', '/api/resource_types', {
      body: { name: 'Van', property_schema: { type: 'object', additionalProperties: true } },
    })
    const vans = await Promise.all(
      values.map(async (properties, at) => {
        const body = { name: `Van ${at}`, properties, resource_type: type.name }
        return (await call<Resource>('POST', '/api/resources', { body })).body.id
      }),
    )
    for (const where of wheres) {
      const query = new URLSearchParams({ type: 'Van', where })
      const found = await call<Resource[]>('GET', `/api/resources?${query}`)
      expect([where, found.status]).toEqual([where, 200])
      const expected = found.body.map(({ id }) => id).toSorted()
      const served: string[] = []
      for (let at = 0; at < vans.length; at++) {
        const span = { from_datetime: '2027-04-01T09:00:00Z', to_datetime: '2027-04-01T10:00:00Z' }
        const { body } = await join({ type: 'Van', where, ...span }, { as: 'admin' })
        if (body.allocation) served.push(body.allocation.resource_id)
        else await call('DELETE', `${path}/${body.id}`)
      }
      expect([where, served.toSorted()]).toEqual([where, expected])
      for (const van of vans) {
        const booked = await firstOf(`/api/resources/${van}`)
        if (booked) await call('DELETE', `/api/resources/${van}/allocations/${booked}`)
      }
    }
  })

  async function firstOf(resource: string): Promise<string | undefined> {
    return (await call<{ id: string }[]>('GET', `${resource}/allocations`)).body[0]?.id
  }
})
