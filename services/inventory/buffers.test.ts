import { expect, it, setDefaultTimeout } from 'bun:test'
import type { AllocatedBundle, ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { AllocationVersion, Change } from '../../shared/schemas/allocation-history.ts'
import type { Allocation, Availability, Slot } from '../../shared/schemas/allocation.ts'
import type { Opening } from '../../shared/schemas/opening.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, receive, useInventory } from './fixture.ts'

setDefaultTimeout(60_000)

const turnaround = { buffer_before_seconds: 1800, buffer_after_seconds: 900 }

describeStores('buffers around bookings', (makeDatabase) => {
  const { call, add, book, audit, system } = useInventory(makeDatabase)
  const idOf = (path: string) => path.slice(-36)
  const isSqlite = () => system().databaseUrl.startsWith('sqlite:')
  const byHand = (text: string) => changeByHand(system().databaseUrl, text)
  const inSql = (id: string) => (isSqlite() ? `unhex('${id}', '-')` : `'${id}'`)
  const moment = (time: string) => (isSqlite() ? Date.parse(at(time)) : `'${at(time)}'`)
  const span = (from: string, to: string) => ({ from_datetime: at(from), to_datetime: at(to) })
  const statusOf = async (path: string, from: string, to: string) =>
    (await call('POST', `${path}/allocations`, { body: span(from, to) })).status

  async function addWith(buffers: object = turnaround, type = 'cars'): Promise<string> {
    const path = await add(type)
    expect((await call('PATCH', path, { body: buffers })).status).toBe(200)
    return path
  }

  it('are refused to others, with the reason', async () => {
    const car = await addWith()
    const { status, body } = await book(car, at('10'), at('11'))
    expect(status).toBe(201)
    expect(body).toMatchObject(span('10', '11'))
    const refused = await call<Problem>('POST', `${car}/allocations`, { body: span('11', '12') })
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({
      code: 'allocation_overlap',
      detail: expect.stringContaining('kept free'),
      conflicts: [{ ...span('10', '11'), busy_from: at('09:30'), busy_to: at('11:15') }],
      busy_from: at('10:30'),
      busy_to: at('12:15'),
    })
    expect(await statusOf(car, '11:44:59', '12')).toBe(409)
    expect(await statusOf(car, '11:45', '12')).toBe(201)
    expect(await statusOf(car, '08', '09:15')).toBe(201)
    const real = await call<Problem>('POST', `${car}/allocations`, { body: span('10:30', '12') })
    expect(real.body.detail).toContain('already booked')
    expect(await audit()).toMatchObject({ overlaps: 0 })
  })

  // buffer_in_invitation
  it("are not part of a booking's own time", async () => {
    const car = await addWith()
    const stream = await system().send('GET', `/api/allocations/events?resource_id=${idOf(car)}`)
    const { body: made } = await book(car, at('10'), at('11'))
    const path = `${car}/allocations/${made.id}`
    const busy = { busy_from: at('09:30'), busy_to: at('11:15') }
    const shown = { ...made, ...busy }
    expect((await call('GET', path)).body).toEqual(shown)
    expect((await call('GET', `${car}/allocations`)).body).toEqual([shown] as never)
    const around = (from: string, to: string) => `from=${at(from)}&to=${at(to)}`
    for (const list of [`${car}/allocations?`, `/api/allocations?resource_id=${idOf(car)}&`]) {
      expect((await call('GET', `${list}${around('09', '10')}`)).body).toEqual([] as never)
      expect((await call('GET', `${list}${around('11', '12')}`)).body).toEqual([] as never)
      expect((await call('GET', `${list}${around('09', '10:01')}`)).body).toEqual([shown] as never)
    }
    const moved = await call<Allocation>('PATCH', path, { body: span('12', '13') })
    expect(moved.body).toMatchObject({ ...span('12', '13'), busy_from: at('11:30') })
    expect((await call('DELETE', path)).status).toBe(204)
    const history = await call<AllocationVersion[]>('GET', `/api/allocations/${made.id}/history`)
    const spans = history.body.map(({ allocation }) => allocation.from_datetime)
    expect(spans).toEqual([at('10'), at('12')])
    const before = `${car.replace('cars', 'resources')}/history?${around('09', '10')}`
    expect((await call('GET', before)).body).toEqual([] as never)
    const events = await receive(stream, 3)
    expect(events.map(({ data }) => data.from_datetime)).toEqual([at('10'), at('12'), at('12')])
    const changes = await call<Change[]>('GET', '/api/changes?limit=200')
    const mine = changes.body.filter(({ resource_id }) => resource_id === idOf(car))
    const told = mine.flatMap(({ before, after }) => [before, after]).filter((one) => one !== null)
    expect(new Set(told.map(({ from_datetime }) => from_datetime))).toEqual(
      new Set([at('10'), at('12')]),
    )
  })

  it("are the type's, unless the resource has its own", async () => {
    const name = isSqlite() ? 'Court' : 'Hall'
    const body = { name, ...turnaround }
    const { body: type } = await call<ResourceType>('POST', '/api/resource_types', { body })
    expect(type).toMatchObject(turnaround)
    const addOne = async (own: object) => {
      const one = { resource_type: name, name: Bun.randomUUIDv7(), ...own }
      return (await call<Resource>('POST', '/api/resources', { body: one })).body
    }
    const [usual, own] = [await addOne({}), await addOne({ buffer_before_seconds: 0 })]
    expect(usual).toMatchObject({ buffer_before_seconds: null, buffer_after_seconds: null })
    for (const { id } of [usual, own]) await book(`/api/resources/${id}`, at('10'), at('11'))
    expect(await statusOf(`/api/resources/${usual.id}`, '11:15', '12')).toBe(409)
    expect(await statusOf(`/api/resources/${own.id}`, '11:15', '12')).toBe(201)
    const change = { buffer_before_seconds: 0, buffer_after_seconds: 0 }
    const changed = await call('PATCH', `/api/resource_types/${type.id}`, { body: change })
    expect([changed.status, changed.body]).toMatchObject([200, change])
    // What was booked before keeps its own.
    expect(await statusOf(`/api/resources/${usual.id}`, '11:14', '12')).toBe(409)
    expect(await statusOf(`/api/resources/${usual.id}`, '11:15', '12')).toBe(201)
    for (const wrong of [-1, 86_401, 1.5]) {
      const bad = { body: { buffer_after_seconds: wrong } }
      expect((await call('PATCH', `/api/resource_types/${type.id}`, bad)).status).toBe(422)
      expect((await call('PATCH', `/api/resources/${own.id}`, bad)).status).toBe(422)
    }
  })

  it('are kept by a booking that moves or changes, except at an open bound', async () => {
    const car = await addWith()
    const { body } = await book(car, at('10'), at('11'))
    const path = `${car}/allocations/${body.id}`
    await call('PATCH', car, { body: { buffer_before_seconds: 0, buffer_after_seconds: null } })
    const change = async (to: object) => (await call<Allocation>('PATCH', path, { body: to })).body
    expect(await change({ description: 'x' })).toMatchObject({ busy_from: at('09:30') })
    expect(await change({ to_datetime: at('12') })).toMatchObject({
      from_datetime: at('10'),
      busy_to: at('12:15'),
    })
    const endless = await change({ to_infinity: true, to_datetime: null })
    expect(endless).toMatchObject({ to_infinity: true, busy_from: at('09:30'), busy_to: null })
    const other = await addWith()
    const forever = { from_infinity: true, to_infinity: true }
    const made = await call('POST', `${other}/allocations`, { body: forever })
    expect(made.status).toBe(201)
    expect((await call<Allocation[]>('GET', `${other}/allocations`)).body).toEqual([
      made.body as Allocation,
    ])
  })

  it("are kept around members' bookings, not around maintenance", async () => {
    const car = await addWith()
    await book(car, at('10'), at('11'))
    const block = { ...span('11:15', '12'), allocation_type: 'maintenance' }
    const by = (as: string) => call('POST', `${car}/allocations`, { as, body: block })
    expect((await by('member')).status).toBe(409)
    expect((await by('admin')).status).toBe(201)
  })

  it('count as not free', async () => {
    const car = await addWith()
    await book(car, at('10'), at('11'))
    await book(car, at('14'), at('15'))
    const free = async (from: string, to: string) =>
      (await call<Availability>('GET', `${car}/availability?from=${at(from)}&to=${at(to)}`)).body
    expect(await free('08', '13:30')).toEqual({
      busy: [span('09:30', '11:15')],
      free: [span('08', '09:15'), span('11:45', '13:15')],
    })
    // The booking that ends before the window is too close to begin at once.
    expect(await free('11:15', '12')).toEqual({ busy: [], free: [span('11:45', '12')] })
    const listed = async (from: string, to: string) => {
      const path = `/api/cars/availability?from=${at(from)}&to=${at(to)}&limit=200`
      return (await call<Resource[]>('GET', path)).body.some(({ id }) => id === idOf(car))
    }
    expect(await listed('11:45', '13:15')).toBe(true)
    expect(await listed('11:44', '13:15')).toBe(false)
    expect(await listed('11:45', '13:16')).toBe(false)
    const openings = async () => {
      const query = `resource_id=${idOf(car)}&duration=PT1H&after=${at('10')}&limit=2`
      const { body } = await call<Opening[]>('GET', `/api/openings?${query}`)
      return body.map(({ from_datetime, free_until }) => [from_datetime, free_until])
    }
    expect(await openings()).toEqual([
      [at('11:45'), at('13:15')],
      [at('15:45'), null],
    ])
    await call('PATCH', car, { body: { buffer_before_seconds: 0 } })
    expect((await openings())[0]).toEqual([at('11:15'), at('13:15')])
  })

  it('leave whole slots free, with bookings on the grid', async () => {
    const runway = await addWith({ buffer_before_seconds: 0, buffer_after_seconds: 120 }, 'runways')
    expect(await statusOf(runway, '10', '10:15')).toBe(201)
    expect(await statusOf(runway, '10:15', '10:30')).toBe(409)
    expect(await statusOf(runway, '10:20', '10:40')).toBe(422)
    const query = `from=${at('09:30')}&to=${at('11')}`
    const { body } = await call<Slot[]>('GET', `${runway}/slots?${query}`)
    expect(body.map(({ free }) => free)).toEqual([true, false, false, false, true, true])
  })

  it('separate items of a bundle, and find other free ones', async () => {
    const [car, other] = [await addWith(), await addWith()]
    const items = (...spans: [string, string][]) =>
      spans.map(([from, to]) => ({ resource_id: idOf(car), ...span(from, to) }))
    const post = <T>(body: object) => call<T>('POST', '/api/allocations', { body })
    const close = await post<Problem>({ items: items(['10', '11'], ['11', '12']) })
    expect([close.status, close.body.code]).toEqual([422, 'items_overlap'])
    const apart = await post<AllocatedBundle>({ items: items(['10', '11'], ['11:45', '12']) })
    expect([apart.status, apart.body.allocations]).toMatchObject([
      201,
      [span('10', '11'), span('11:45', '12')],
    ])
    const refused = await post<{ items: ItemRefusal[] }>({ items: items(['11:15', '11:45']) })
    expect(refused.status).toBe(409)
    expect(refused.body.items[0]).toMatchObject({
      busy_from: at('10:45'),
      conflicts: [{ ...span('10', '11'), busy_to: at('11:15') }, { ...span('11:45', '12') }],
      next_free: span('12:45', '13:15'),
    })
    const anyCar = { type: 'Car', prefer: [idOf(car), idOf(other)] }
    const taken = await post<AllocatedBundle>({ items: [anyCar], ...span('12', '12:30') })
    expect(taken.body.allocations).toMatchObject([{ resource_id: idOf(other) }])
    const both = [anyCar, anyCar].map((one, at) => ({
      ...one,
      ...[span('20', '21'), span('21', '22')][at],
    }))
    const two = await post<AllocatedBundle>({ items: both })
    expect(new Set(two.body.allocations.map(({ resource_id }) => resource_id)).size).toBe(2)
    expect(await audit()).toMatchObject({ overlaps: 0 })
  })

  it('are freed with a booking, and count for the waiting list', async () => {
    const car = await addWith()
    const { body: first } = await book(car, at('10'), at('11'))
    const wait = async (from: string, to: string, as: string) => {
      const body = { resource_id: idOf(car), ...span(from, to) }
      return (await call<{ id: string }>('POST', '/api/waitlist', { as, body })).body.id
    }
    await book(car, at('13'), at('14'))
    // Free by itself, but too close to the booking at one o'clock.
    const close = await wait('11:30', '12:20', 'one')
    const fits = await wait('11', '12:15', 'two')
    const entry = async (id: string) =>
      (await call<{ status: string; allocation: object }>('GET', `/api/waitlist/${id}`)).body
    expect((await entry(fits)).status).toBe('waiting')
    expect((await call('DELETE', `${car}/allocations/${first.id}`)).status).toBe(204)
    expect(await entry(fits)).toMatchObject({
      status: 'served',
      allocation: { id: fits, ...span('11', '12:15') },
    })
    expect((await call('GET', `${car}/allocations/${fits}`)).body).toMatchObject({
      ...span('11', '12:15'),
      busy_from: at('10:30'),
      busy_to: at('12:30'),
    })
    expect((await entry(close)).status).toBe('waiting')
    expect(await audit()).toMatchObject({ overlaps: 0, waiters_passed_over: 0 })
  })

  it('leave more to the waiting list when reduced', async () => {
    const car = await addWith({ buffer_before_seconds: 3600, buffer_after_seconds: 0 })
    await book(car, at('10'), at('11'))
    const body = { resource_id: idOf(car), ...span('11:30', '12') }
    const { body: waiting } = await call<{ id: string; status: string }>('POST', '/api/waitlist', {
      as: 'member',
      body,
    })
    expect(waiting.status).toBe('waiting')
    expect((await call('PATCH', car, { body: { buffer_before_seconds: 0 } })).status).toBe(200)
    const status = async () =>
      (await call<{ status: string }>('GET', `/api/waitlist/${waiting.id}`)).body.status
    system().startTasks()
    for (let tries = 0; tries < 200 && (await status()) === 'waiting'; tries++) await Bun.sleep(50)
    expect(await status()).toBe('served')
    expect(await audit()).toMatchObject({ overlaps: 0, waiters_passed_over: 0 })
  })

  it('are required of rows inserted by hand, and nothing else', async () => {
    const car = await addWith()
    const insert = (from: string, to: string, buffers: number[]) => {
      const now = isSqlite() ? '0' : 'now()'
      return byHand(`INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
        allocation_type, description, dump, created, created_by, buffer_before_seconds,
        buffer_after_seconds)
        SELECT ${inSql(Bun.randomUUIDv7())}, number, ${moment(from)}, ${moment(to)}, 'booking', '',
          '{}', ${now}, 'by hand', ${buffers.join(', ')}
        FROM resources WHERE id = ${inSql(idOf(car))}`)
    }
    const refused = (work: Promise<void>) =>
      work.then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await refused(insert('10', '12', [0, 0]))).toContain('allocation_buffers')
    expect(await refused(insert('10', '10:45', [1800, 900]))).toContain('allocation_buffers')
    await insert('10', '12', [1800, 900])
    const { body } = await call<Allocation[]>('GET', `${car}/allocations`)
    expect(body).toMatchObject([{ ...span('10:30', '11:45'), busy_from: at('10') }])
    expect(await statusOf(car, '11:45', '13')).toBe(409)
    const negative = `UPDATE allocations SET buffer_before_seconds = -1`
    expect(await refused(byHand(negative))).toContain('allocation_buffers')
    expect(await audit()).toMatchObject({ overlaps: 0 })
  })
})
