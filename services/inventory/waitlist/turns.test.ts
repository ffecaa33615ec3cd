import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useInventory } from '../fixture.ts'
import { openSqlSession } from '../testing/open-sql-session.ts'

setDefaultTimeout(120_000)

describeStores('freed time', (makeDatabase) => {
  const { call, add, book, audit, system } = useInventory(makeDatabase)
  const nine = { from_datetime: at('09'), to_datetime: at('10') }
  const ten = { from_datetime: at('10'), to_datetime: at('11') }
  const both = { from_datetime: at('09'), to_datetime: at('11') }

  const idOf = (car: string) => car.slice(-36)
  const isSqlite = () => system().databaseUrl.startsWith('sqlite:')
  const past = () => (isSqlite() ? '1' : `'1970-01-02'`)
  const byHand = (text: string) => changeByHand(system().databaseUrl, text)
  const idInSql = ({ id }: { id: string }) => (isSqlite() ? `unhex('${id}', '-')` : `'${id}'`)
  const wait = async (car: string, span: object = nine, as = 'member') => {
    const body = { resource_id: idOf(car), ...span }
    return (await call<WaitlistEntry>('POST', '/api/waitlist', { as, body })).body
  }
  const statusOf = async ({ id }: { id: string }) =>
    (await call<WaitlistEntry>('GET', `/api/waitlist/${id}`)).body.status
  const hold = async (car: string, span: object = nine) => {
    const body = { ...span, hold_for: 'PT15M' }
    return (await call<Allocation>('POST', `${car}/allocations`, { body })).body
  }
  const end = (held: { id: string }) =>
    byHand(`UPDATE allocations SET held_until = ${past()} WHERE id = ${idInSql(held)}`)
  const expectIntact = async () =>
    expect(await audit()).toMatchObject({ overlaps: 0, blocking_holds: 0, waiters_passed_over: 0 })

  // queue_jumped
  it('goes to the head of the queue every time, despite 100 other callers', async () => {
    const car = await add()
    let current = (await book(car, at('09'), at('10'))).body.id
    const entries: WaitlistEntry[] = []
    for (let at = 0; at < 20; at++) entries.push(await wait(car, nine, at % 2 ? 'one' : 'two'))
    let isOver = false
    const statuses = new Set<number>()
    const hammer = async (as: string) => {
      while (!isOver) {
        const answer = await call('POST', `${car}/allocations`, { as, body: nine })
        statuses.add(answer.status)
      }
    }
    const callers = Array.from({ length: 100 }, (_, who) => hammer(`caller${who % 4}`))
    for (const entry of entries) {
      expect((await call('DELETE', `${car}/allocations/${current}`)).status).toBe(204)
      expect(await statusOf(entry)).toBe('served')
      current = entry.id
    }
    isOver = true
    await Promise.all(callers)
    // A busy machine may refuse some before they are judged.
    statuses.delete(503)
    expect([...statuses]).toEqual([409])
    await expectIntact()
  })

  it('goes to the head by hand as well: removed, shortened, moved to another car', async () => {
    const [car, other] = [await add(), await add()]
    const { body: long } = await book(car, at('09'), at('12'))
    const [first, second, third] = [
      await wait(car, { from_datetime: at('11'), to_datetime: at('12') }),
      await wait(car, nine, 'another'),
      await wait(car, ten, 'another'),
    ]
    const eleven = isSqlite() ? Date.parse(at('11')) : `'${at('11')}'`
    await byHand(`UPDATE allocations SET to_datetime = ${eleven} WHERE id = ${idInSql(long)}`)
    expect(await statusOf(first)).toBe('served')
    const number = `(SELECT number FROM resources WHERE id = ${idInSql({ id: idOf(other) })})`
    await byHand(`UPDATE allocations SET resource_number = ${number} WHERE id = ${idInSql(long)}`)
    expect([await statusOf(second), await statusOf(third)]).toEqual(['served', 'served'])
    const fourth = await wait(car, nine)
    await byHand(`DELETE FROM allocations WHERE id = ${idInSql(second)}`)
    expect(await statusOf(fourth)).toBe('served')
    await expectIntact()
  })

  it('while a car is out of service is offered by its return, before later bookings', async () => {
    const car = await add()
    const first = await hold(car)
    await book(car, at('10'), at('11'))
    const entry = await wait(car)
    const mark = (as: string) =>
      byHand(`UPDATE resources SET decommissioned = ${as} WHERE id = ${idInSql({ id: idOf(car) })}`)
    await mark(past())
    await byHand(`DELETE FROM allocations WHERE id = ${idInSql(first)}`)
    expect(await statusOf(entry)).toBe('waiting')
    await mark('NULL')
    expect(await statusOf(entry)).toBe('served')
    await expectIntact()
  })

  it('of an expired hold goes to the waiting list, and other requests are refused', async () => {
    const [booked, moved, bundled, inserted] = [await add(), await add(), await add(), await add()]
    const cars = [booked, moved, bundled, inserted]
    const helds = await Promise.all(cars.map((car) => hold(car)))
    const entries = await Promise.all(cars.map((car) => wait(car)))
    const { body: later } = await book(moved, at('12'), at('13'))
    for (const held of helds) await end(held)
    expect((await book(booked, at('09'), at('10'))).status).toBe(409)
    const move = await call('PATCH', `${moved}/allocations/${later.id}`, { body: nine })
    expect(move.status).toBe(409)
    const items = [{ resource_id: idOf(bundled) }, { resource_id: idOf(await add()) }]
    const bundle = await call('POST', '/api/allocations', { body: { items, ...nine } })
    expect(bundle.status).toBe(409)
    const session = openSqlSession(system().databaseUrl)
    const span = { from: Date.parse(at('09')), to: Date.parse(at('10')) }
    const row = { id: Bun.randomUUIDv7(), resource_id: idOf(inserted), span }
    expect(await session.insert(row)).toBe('refused')
    await session.close()
    // PostgreSQL fails on a row in the way, and undoes the removal; the next one sees to it.
    expect((await book(inserted, at('09'), at('10'))).status).toBe(409)
    expect(await Promise.all(entries.map(statusOf))).toEqual(entries.map(() => 'served'))
    await expectIntact()
  })

  it('is merged with adjacent expired holds', async () => {
    const car = await add()
    const { body: first } = await book(car, at('09'), at('10'))
    const second = await hold(car, ten)
    const entry = await wait(car, both)
    await end(second)
    await call('DELETE', `${car}/allocations/${first.id}`)
    expect(await statusOf(entry)).toBe('served')
    await expectIntact()
  })

  it('is merged with neighbours freed at the same moment', async () => {
    const pair = [await add(), await add(), await add(), await add(), await add()]
    for (const car of pair) {
      const made = [await book(car, at('09'), at('10')), await book(car, at('10'), at('11'))]
      const entry = await wait(car, both)
      await Promise.all(made.map(({ body }) => call('DELETE', `${car}/allocations/${body.id}`)))
      expect(await statusOf(entry)).toBe('served')
    }
    await expectIntact()
  })

  it('is not given twice to one entry when two cars are released at once', async () => {
    const cars = await Promise.all(Array.from({ length: 6 }, () => add('lorries')))
    const made = await Promise.all(cars.map((car) => book(car, at('09'), at('10'))))
    const body = { type: 'Lorry', ...nine }
    const entries: WaitlistEntry[] = []
    for (let at = 0; at < 4; at++) {
      entries.push((await call<WaitlistEntry>('POST', '/api/waitlist', { body })).body)
    }
    const releases = made.map(({ body: { id } }, at) =>
      call('DELETE', `${cars[at]}/allocations/${id}`),
    )
    expect((await Promise.all(releases)).map(({ status }) => status)).toEqual(made.map(() => 204))
    const lists = await Promise.all(
      cars.map((car) => call<Allocation[]>('GET', `${car}/allocations`)),
    )
    const served = lists.flatMap((list) => list.body.map(({ id }) => id)).toSorted()
    expect(served).toEqual(entries.map(({ id }) => id).toSorted())
    await expectIntact()
  })

  it('is noticed by itself: for holds, and for entries made while a process died', async () => {
    const [car, free] = [await add(), await add()]
    const held = await hold(car)
    const entry = await wait(car)
    const late = await wait(free)
    expect([entry.status, late.status]).toEqual(['waiting', 'served'])
    // As it is in the database when a process dies between the commit and the look.
    await byHand(`DELETE FROM allocations WHERE id = ${idInSql(late)}`)
    await byHand(
      `UPDATE waitlist SET closed = NULL, served_resource = NULL, served_from = NULL, checked = 2
       WHERE id = ${idInSql(late)}`,
    )
    await end(held)
    system().startTasks()
    for (let turn = 0; turn < 100; turn++) {
      if ((await statusOf(entry)) === 'served' && (await statusOf(late)) === 'served') break
      await Bun.sleep(100)
    }
    expect([await statusOf(entry), await statusOf(late)]).toEqual(['served', 'served'])
    await expectIntact()
  })

  it('of many holds that end at once goes to all who wait', async () => {
    const cars = await Promise.all(Array.from({ length: 60 }, () => add()))
    const items = cars.map((car) => ({ resource_id: idOf(car) }))
    const body = { items, ...nine, hold_for: 'PT15M' }
    expect((await call('POST', '/api/allocations', { body })).status).toBe(201)
    const entries = await Promise.all(
      cars.map((car, place) => wait(car, nine, `waiter${place % 2}`)),
    )
    system().startTasks()
    await byHand(
      `UPDATE allocations SET held_until = ${isSqlite() ? '1000' : `'1970-01-02'`}
       WHERE held_until IS NOT NULL AND description = ''`,
    )
    const statuses = () => Promise.all(entries.map(statusOf))
    for (let turn = 0; turn < 100; turn++) {
      if ((await statuses()).every((status) => status === 'served')) break
      await Bun.sleep(100)
    }
    expect(await statuses()).toEqual(entries.map(() => 'served'))
  })
})
