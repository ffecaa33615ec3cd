import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { renewEpoch } from '../../shared/event-position.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, receive, useInventory } from './fixture.ts'

describeStores('events', (makeDatabase) => {
  const { call, add, book, system } = useInventory(makeDatabase)
  const follow = (query = '', headers = {}) =>
    system().send('GET', `/api/allocations/events${query}`, { headers })

  it('report changes of a booking, in order, with its span', async () => {
    const car = await add()
    const stream = await follow(`?resource_id=${car.slice(-36)}`)
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const received = receive(stream, 3)
    const { body } = await book(car, at('09'), at('10'))
    await book(car, at('09'), at('10')) // refused: no event
    const path = `${car}/allocations/${body.id}`
    await call('PATCH', path, { body: { from_datetime: at('08') } })
    await call('DELETE', path)
    const events = await received
    expect(events.map(({ event }) => event)).toEqual([
      'allocation.created',
      'allocation.moved',
      'allocation.released',
    ])
    expect(events[1]?.data).toMatchObject({ allocation_id: body.id, from_datetime: at('08') })
    expect(JSON.stringify(events)).not.toContain('created_by')
  })

  it('resume after the last seen event, missing none', async () => {
    const car = await add()
    const query = `?resource_id=${car.slice(-36)}`
    const first = receive(await follow(query), 1)
    const { body: seen } = await book(car, at('09'), at('10'))
    const [last] = await first
    expect(last?.data.allocation_id).toBe(seen.id)
    const missed = await Promise.all([book(car, at('10'), at('11')), book(car, at('12'), at('13'))])
    const resumed = receive(await follow(query, { 'last-event-id': last?.id }), 3)
    const { body: next } = await book(car, at('14'), at('15'))
    const ids = (await resumed).map(({ data }) => data.allocation_id)
    expect(ids.slice(0, 2).toSorted()).toEqual(missed.map(({ body }) => body.id).toSorted())
    expect(ids[2]).toBe(next.id)
  })

  it("state the reader's position before the first event", async () => {
    const car = await add()
    const query = `?resource_id=${car.slice(-36)}`
    const quiet = (await follow(query)).body?.getReader()
    let greeting = ''
    while (!/^id: .+$/m.test(greeting)) {
      const { value } = (await quiet?.read()) ?? {}
      greeting += new TextDecoder().decode(value)
    }
    await quiet?.cancel()
    const { body: missed } = await book(car, at('09'), at('10'))
    const [, id = ''] = /^id: (.+)$/m.exec(greeting) ?? []
    const [event] = await receive(await follow(query, { 'last-event-id': id }), 1)
    expect(event).toMatchObject({ event: 'allocation.created', data: { allocation_id: missed.id } })
  })

  it('report resources to followers of their type', async () => {
    const received = receive(await follow('?type=Truck'), 3)
    await add('cars')
    const truck = await add('trucks')
    await call('PATCH', truck, { body: { name: 'Renamed truck' } })
    await call('DELETE', truck)
    const events = await received
    expect(events.map(({ event }) => event)).toEqual([
      'resource.created',
      'resource.changed',
      'resource.decommissioned',
    ])
    expect(new Set(events.map(({ data }) => data.resource_id))).toEqual(new Set([truck.slice(-36)]))
  })

  it('include exactly one event per simultaneous booking', async () => {
    const cars = await Promise.all(Array.from({ length: 30 }, () => add('lorries')))
    const received = receive(await follow('?type=Lorry'), 30)
    const made = await Promise.all(cars.map((car) => book(car, at('09'), at('10'))))
    const ids = (await received).map(({ data }) => data.allocation_id)
    expect(ids.toSorted()).toEqual(made.map(({ body }) => body.id).toSorted())
  })

  it('begin with a reset if missed events are gone', async () => {
    const car = await add()
    const stores = createStores()
    const store = await stores.open(system().databaseUrl)
    /** What a reader is told first who was there, when one more thing happens. */
    const firstAfter = async (place: string) => {
      const received = receive(await follow('', { 'last-event-id': place }), 1)
      await call('PATCH', car, { body: { name: `Renamed at ${performance.now()}` } })
      const [first] = await received
      return { event: first?.event, id: first?.id ?? '' }
    }
    const [seen] = await Promise.all([
      follow().then((stream) => receive(stream, 1)),
      Bun.sleep(100).then(() => call('PATCH', car, { body: { name: 'Renamed first' } })),
    ])
    const known = seen[0]?.id ?? ''
    const [epoch, transaction = '', id = ''] = known.split('-')
    expect((await firstAfter(known)).event).toBe('resource.changed')
    // As places were written before there were epochs.
    expect((await firstAfter(`${transaction}-${id}`)).event).toBe('resource.changed')
    const future = `${epoch}-${Number(transaction) + 1e9}-${id}`
    const elsewhere = `${'0'.repeat(16)}-${transaction}-${id}`
    for (const place of [future, elsewhere, 'nowhere', '-1-1']) {
      expect((await firstAfter(place)).event).toBe('reset')
    }
    await store.atomically([sql`DELETE FROM events WHERE id < (SELECT max(id) FROM events)`])
    const forgotten = await firstAfter(known)
    expect(forgotten.event).toBe('reset')
    const place = (await firstAfter(forgotten.id)).id
    await renewEpoch(store)
    expect((await firstAfter(place)).event).toBe('reset')
    expect((await firstAfter(place.replace(/^\w+-/, ''))).event).toBe('reset')
    expect((await firstAfter((await firstAfter('nowhere')).id)).event).toBe('resource.changed')
    await stores.close()
  })
})
