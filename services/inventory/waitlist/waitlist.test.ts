import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useInventory } from '../fixture.ts'

setDefaultTimeout(60_000)

describeStores('the waiting list', (makeDatabase) => {
  const { call, add, book, system } = useInventory(makeDatabase)

  type Answer = WaitlistEntry & Omit<Problem, 'status'>
  const path = '/api/waitlist'
  const idOf = (car: string) => car.slice(-36)
  const nine = { from_datetime: at('09'), to_datetime: at('10') }
  const join = (body: object, as = 'member', headers = {}) =>
    call<Answer>('POST', path, { as, body, headers })
  const wait = async (car: string, span: object = nine, as = 'member') =>
    (await join({ resource_id: idOf(car), ...span }, as)).body
  const read = async ({ id }: { id: string }) => (await call<Answer>('GET', `${path}/${id}`)).body
  const bookings = async (car: string) =>
    (await call<Allocation[]>('GET', `${car}/allocations`)).body.map(
      ({ id, from_datetime, to_datetime }) => [id, from_datetime, to_datetime],
    )
  const release = (car: string, { id }: { id: string }) =>
    call('DELETE', `${car}/allocations/${id}`)

  it('gives freed time to the user who waited longest, as their booking', async () => {
    const car = await add()
    const { body: booked } = await book(car, at('09'), at('10'))
    const first = await wait(car)
    const second = await wait(car, nine, 'another')
    expect(first).toMatchObject({ status: 'waiting', position: 1, allocation: null })
    expect(second.position).toBe(2)
    expect((await release(car, booked)).status).toBe(204)
    const served = await read(first)
    const allocation = { id: first.id, resource_id: idOf(car), ...nine }
    expect(served).toMatchObject({ status: 'served', position: null, allocation })
    expect(await read(second)).toMatchObject({ status: 'waiting', position: 1 })
    const { body } = await call<Allocation>('GET', `${car}/allocations/${first.id}`)
    expect(body).toMatchObject({ ...nine, created_by: first.created_by, status: 'confirmed' })
    expect(body.booked_for).toBe(first.created_by)
  })

  it('serves what is already free immediately', async () => {
    const car = await add()
    expect(await wait(car)).toMatchObject({ status: 'served', allocation: nine })
    const day = { earliest: at('08'), latest: at('12'), duration: 'PT2H' }
    const span = { from_datetime: at('10'), to_datetime: at('12') }
    expect(await wait(car, day)).toMatchObject({ status: 'served', allocation: span })
  })

  it('considers the whole free span, not only the released part', async () => {
    const car = await add()
    await book(car, at('08'), at('09'))
    const { body: ten } = await book(car, at('10'), at('11'))
    await book(car, at('12'), at('13'))
    const long = await wait(car, { from_datetime: at('09'), to_datetime: at('12') })
    const short = await wait(car, { from_datetime: at('10'), to_datetime: at('11') }, 'another')
    await release(car, ten)
    expect((await read(long)).status).toBe('served')
    expect((await read(short)).status).toBe('waiting')
  })

  it('serves all who fit, in order: after shortening, moving and rescheduling', async () => {
    const car = await add()
    const { body: day } = await book(car, at('08'), at('18'))
    const [a, b, c] = [
      await wait(car, { from_datetime: at('12'), to_datetime: at('14') }),
      await wait(car, { earliest: at('08'), latest: at('18'), duration: 'PT3H' }),
      await wait(car, { from_datetime: at('14'), to_datetime: at('15') }, 'another'),
    ]
    const change = { body: { to_datetime: at('11') } }
    expect((await call('PATCH', `${car}/allocations/${day.id}`, change)).status).toBe(200)
    expect(await bookings(car)).toEqual([
      [day.id, at('08'), at('11')],
      [a.id, at('12'), at('14')],
      [b.id, at('14'), at('17')],
    ])
    expect((await read(c)).status).toBe('waiting')
    const move = { body: { from_datetime: at('20'), to_datetime: at('21') } }
    await call('PATCH', `${car}/allocations/${b.id}`, move)
    expect((await read(c)).status).toBe('served')
  })

  it('gives any of a type that meets the conditions, and no other', async () => {
    const [small, large] = await Promise.all(
      [4, 7].map(async (seats) => {
        const body = { name: `With ${seats} seats`, properties: { seats } }
        return `/api/trucks/${(await call<Resource>('POST', '/api/trucks', { body })).body.id}`
      }),
    )
    if (!small || !large) throw new Error('There are none')
    const taken = [
      (await book(small, at('09'), at('10'))).body,
      (await book(large, at('09'), at('10'))).body,
    ]
    const { body: entry } = await join({ type: 'Truck', where: 'seats>=5', ...nine })
    expect(entry).toMatchObject({ resource_type: 'Truck', resource_id: null, where: 'seats>=5' })
    await release(small, taken[0] as Allocation)
    expect((await read(entry)).status).toBe('waiting')
    await release(large, taken[1] as Allocation)
    expect((await read(entry)).allocation?.resource_id).toBe(idOf(large))
  })

  it('gives new, changed and returned resources as well, but no retired ones', async () => {
    const car = await add('launchpads')
    const sixHours = { from_datetime: at('06'), to_datetime: at('12') }
    const { body: booked } = await book(car, at('06'), at('12'))
    expect(booked.id).toBeDefined()
    const { body: first } = await join({ type: 'Launchpad', ...sixHours })
    const { body: second } = await join({ type: 'Launchpad', ...sixHours }, 'another')
    expect((await call('DELETE', `${car}?allocations=cancel`)).status).toBe(204)
    expect((await read(first)).status).toBe('waiting')
    await add('launchpads')
    expect((await read(first)).status).toBe('served')
    expect((await call('POST', `/api/resources/${idOf(car)}/return`)).status).toBe(200)
    expect((await read(second)).allocation?.resource_id).toBe(idOf(car))
  })

  it('has the version of what can change, however else an entry is shown', async () => {
    const car = await add()
    const { body: booked } = await book(car, at('09'), at('10'))
    const [left, kept] = [await wait(car), await wait(car)]
    const tagOf = async ({ id }: { id: string }) => {
      const { headers } = await call('GET', `${path}/${id}`)
      return { 'if-match': headers.get('etag') ?? '' }
    }
    const tags = { left: await tagOf(left), kept: await tagOf(kept) }
    // As by a replica of another release, with more to say.
    const more = `UPDATE waitlist SET description = 'More' WHERE closed IS NULL`
    await changeByHand(system().databaseUrlOf('inventory'), more)
    expect((await read(left)).description).toBe('More')
    const leave = ({ id }: { id: string }, headers: Record<string, string>) =>
      call('DELETE', `${path}/${id}`, { as: 'member', headers })
    expect((await leave(left, tags.left)).status).toBe(204)
    await release(car, booked)
    expect((await read(kept)).status).toBe('served')
    expect((await leave(kept, tags.kept)).status).toBe(412)
  })

  it('holds, if requested', async () => {
    const car = await add()
    const { body: booked } = await book(car, at('09'), at('10'))
    const entry = await wait(car, { ...nine, on_free: 'hold', hold_for: 'PT2H' })
    await release(car, booked)
    const { body } = await call<Allocation>('GET', `${car}/allocations/${entry.id}`)
    expect(body.status).toBe('held')
    const left = Date.parse(body.held_until ?? '') - Date.now()
    expect(left).toBeGreaterThan(115 * 60_000)
    expect(left).toBeLessThanOrEqual(120 * 60_000)
  })
})
