import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at } from './fixture.ts'
import { useSplit } from './testing/split.ts'

setDefaultTimeout(60_000)

// A booking is judged by the policies that were read last; its commit checks that they still hold.
describeStores('policies that another process has changed', (makeDatabase) => {
  const { bookings, inventory, afterNext, send, addCar, setPolicy, allocationsOf } =
    useSplit(makeDatabase)

  async function addKnown(): Promise<string> {
    const car = await addCar()
    await setPolicy(car, { maximum_duration: 'PT2H' })
    expect((await book(car, '08', '10')).status).toBe(201)
    return car
  }
  const book = (car: string, from: string, to: string) =>
    send<Booking & { code?: string }>(bookings(), 'POST /api/bookings', {
      body: {
        items: [{ resource_id: car }],
        title: 'Without a key',
        from: at(`${from}:00`),
        to: at(`${to}:00`),
      },
    })
  async function setByHand(car: string, rules: object): Promise<void> {
    const url = bookings().databaseUrlOf('bookings')
    const id = url.startsWith('sqlite:') ? 'randomblob(16)' : 'gen_random_uuid()'
    const target = `resource:${car}`
    await changeByHand(
      url,
      `UPDATE policies SET ended = created WHERE target = '${target}';
       INSERT INTO policies (id, target, version, rules, created, created_by)
       SELECT ${id}, target, version + 1, '${JSON.stringify(rules)}', created, created_by
       FROM policies WHERE target = '${target}' ORDER BY version DESC LIMIT 1`,
    )
  }

  it('refuse at once what they do not allow any more, and keep no time for it', async () => {
    const car = await addKnown()
    await setByHand(car, { maximum_duration: 'PT1H' })
    const refused = await book(car, '12', '14')
    expect([refused.status, refused.body.code]).toEqual([422, 'policy_refused'])
    expect(await allocationsOf(car)).toHaveLength(1)
    expect((await book(car, '12', '13')).status).toBe(201)
  })

  it('allow at once what they allow now', async () => {
    const car = await addKnown()
    expect((await book(car, '12', '15')).status).toBe(422)
    await setByHand(car, { maximum_duration: 'PT3H' })
    expect((await book(car, '12', '15')).status).toBe(201)
  })

  it('refuse nobody by a quota that was raised', async () => {
    const car = await addCar()
    await setPolicy(car, { quotas: [{ per: 'day', count: 1 }] })
    expect((await book(car, '08', '09')).status).toBe(201)
    await setByHand(car, { quotas: [{ per: 'day', count: 2 }] })
    expect((await book(car, '09', '10')).status).toBe(201)
    await setByHand(car, { quotas: [{ per: 'day', count: 4 }] })
    const both = await Promise.all([book(car, '10', '11'), book(car, '11', '12')])
    expect(both.map(({ status }) => status)).toEqual([201, 201])
    expect((await book(car, '12', '13')).status).toBe(422)
  })

  it('ask for what is to be picked up, though it was booked for good before', async () => {
    const car = await addKnown()
    await setByHand(car, { check_in: { within: 'PT1H' } })
    const { status, body } = await book(car, '12', '13')
    expect([status, body.check_in_by]).toEqual([201, at('13:00')])
    const rows = await allocationsOf(car)
    expect(rows.map(({ held_until }) => held_until)).toEqual([null, body.check_in_by])
  })

  const daily = { rule: 'FREQ=DAILY;COUNT=2', time_zone: 'UTC' }
  const byName = (resource_id: string) => ({ resource_id })
  for (const [what, { path, toItem }] of Object.entries({
    'a booking': { path: '/api/bookings', toItem: byName },
    'any of it': { path: '/api/bookings', toItem: (_: string, type: string) => ({ type }) },
    'a series': { path: '/api/bookings/series', toItem: byName },
  })) {
    it(`of a type that is renamed once it is held are those of its name now: ${what}`, async () => {
      const add = <T>(where: string, body: object) =>
        send<T>(inventory(), `POST ${where}`, { body })
      const names = { name: `Room of ${what}`, segment: what.replaceAll(' ', '-') }
      const { body: type } = await add<ResourceType>('/api/resource_types', names)
      const of = { resource_type: names.name, name: 'A' }
      const { body: room } = await add<Resource>('/api/resources', of)
      const later = `Laboratory of ${what}`
      afterNext('/api/reservations', async () => {
        const rename = { body: { name: later } }
        await send(inventory(), `PATCH /api/resource_types/${type.id}`, rename)
        const rules = { maximum_duration: 'PT1H' }
        await send(bookings(), 'POST /api/policies', { body: { type: later, rules } })
      })
      const items = [toItem(room.id, names.name)]
      const span = { from: at('12:00'), to: at('14:00') }
      const repeats = path === '/api/bookings' ? {} : daily
      const { status, body } = await send<{ code?: string }>(bookings(), `POST ${path}`, {
        body: { items, title: 'An experiment', ...span, ...repeats },
      })
      const code = what === 'any of it' ? 'resource_type_not_found' : 'policy_refused'
      expect([status, body.code]).toEqual([422, code])
      expect(await allocationsOf(room.id)).toEqual([])
    })
  }

  for (const path of ['/api/bookings', '/api/bookings/series']) {
    it(`of a type that is renamed during a change are those of its name now: ${path}`, async () => {
      const add = <T>(where: string, body: object) =>
        send<T>(inventory(), `POST ${where}`, { body })
      const isOne = path === '/api/bookings'
      const name = isOne ? 'Workshop' : 'Atelier'
      const { body: type } = await add<ResourceType>('/api/resource_types', { name })
      const { body: room } = await add<Resource>('/api/resources', { resource_type: name, name })
      const span = { from: at('12:00'), to: at('14:00') }
      const { body: booked } = await send<{ id: string }>(bookings(), `POST ${path}`, {
        body: { items: [byName(room.id)], title: 'An experiment', ...span, ...(!isOne && daily) },
      })
      afterNext('/api/reservations/hidden', async () => {
        const rename = { body: { name: `${name} now` } }
        await send(inventory(), `PATCH /api/resource_types/${type.id}`, rename)
        const policy = { type: `${name} now`, rules: { maximum_duration: 'PT1H' } }
        await send(bookings(), 'POST /api/policies', { body: policy })
      })
      const body = isOne ? { to: at('16:00') } : { scope: 'all', duration: 'PT4H' }
      const { status, body: problem } = await send<{ code?: string }>(
        bookings(),
        `PATCH ${path}/${booked.id}`,
        { body },
      )
      expect([status, problem.code]).toEqual([422, 'policy_refused'])
    })
  }

  it('are changed while many book: none is booked twice', async () => {
    const car = await addKnown()
    const hours = Array.from({ length: 10 }, (_, index) => String(10 + index))
    const answers = hours.map((hour) => book(car, hour, String(Number(hour) + 1)))
    await setByHand(car, { check_in: { within: 'PT1H' } })
    const made = await Promise.all(answers)
    expect(made.map(({ status }) => status)).toEqual(hours.map(() => 201))
    const ids = made.map(({ body }) => body.items[0]?.allocation_id)
    const rows = (await allocationsOf(car)).map(({ id }) => id)
    expect(rows.slice(1).toSorted()).toEqual(ids.map(String).toSorted())
  })
})
