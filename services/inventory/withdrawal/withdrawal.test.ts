import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import type { WithdrawalPlan } from '../../../shared/schemas/withdrawal.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useInventory } from '../fixture.ts'
import { createRandom } from '../testing/random.ts'
import { minute_ms } from '../../../shared/duration.ts'

setDefaultTimeout(120_000)

describeStores('a withdrawal', (makeDatabase) => {
  const { call, book, audit } = useInventory(makeDatabase)

  type Answer = WithdrawalPlan & Omit<Problem, 'status'>
  const idOf = (car: string) => car.slice(-36)
  const day = { from_datetime: at('08'), to_datetime: at('18') }
  const withdraw = (car: string, headers = {}, body: object = day) =>
    call<Answer>('POST', `/api/resources/${idOf(car)}/withdrawal`, { body, headers })
  const bookingsOf = async (car: string) =>
    (await call<Allocation[]>('GET', `/api/resources/${idOf(car)}/allocations`)).body

  let types = 0
  /** Resources of a type of their own, so that nothing else can be moved to. */
  async function addCars(count: number, properties: object = {}): Promise<string[]> {
    const name = `Withdrawn ${++types}`
    const property_schema = { type: 'object', additionalProperties: true }
    await call('POST', '/api/resource_types', { body: { name, property_schema } })
    const cars: string[] = []
    for (let made = 0; made < count; made++) {
      const body = { name: `No. ${made}`, resource_type: name, properties }
      const { id } = (await call<Resource>('POST', '/api/resources', { body })).body
      cars.push(`/api/resources/${id}`)
    }
    return cars
  }

  it('is planned, carried out as a whole, and blocks the rest', async () => {
    const [car = '', other = '', third = ''] = await addCars(3)
    const { body: first } = await book(car, at('09'), at('10'))
    const { body: second } = await book(car, at('12'), at('14'))
    const { body: last } = await book(car, at('15'), at('16'))
    for (const busy of [other, third]) await book(busy, at('13'), at('15:30'))
    await book(other, at('09'), at('09:30'))
    const { status, body: plan } = await withdraw(car)
    expect(status).toBe(200)
    const dry = `/api/resources/${idOf(car)}/withdrawal?dry_run=true`
    const headers = { 'if-match': `"${plan.plan}"` }
    expect((await call('POST', dry, { body: day, headers })).body).toEqual(plan)
    expect(plan).toMatchObject({ carried_out: false, stranded: [second.id, last.id] })
    expect(plan.moves).toEqual([{ allocation: first.id, to: idOf(third) }])
    expect(await bookingsOf(car)).toHaveLength(3)

    const done = await withdraw(car, headers)
    expect([done.status, done.body]).toEqual([200, { ...plan, carried_out: true }])
    const moved = (await bookingsOf(third)).find(({ id }) => id === first.id)
    expect(moved).toEqual({ ...first, resource_id: idOf(third) })
    const left = (await bookingsOf(car)).map((one) => [one.from_datetime, one.allocation_type])
    expect(left).toEqual([
      [at('08'), 'maintenance'],
      [at('12'), 'booking'],
      [at('14'), 'maintenance'],
      [at('15'), 'booking'],
      [at('16'), 'maintenance'],
    ])
    expect(await audit()).toMatchObject({ overlaps: 0, waiters_passed_over: 0 })
  })

  it('is refused without effect if anything changed since it was planned', async () => {
    const [car = '', other = ''] = await addCars(2)
    const { body: booked } = await book(car, at('09'), at('10'))
    const plan = async () => (await withdraw(car)).body.plan
    const changes = [
      () => call('PATCH', `${car}/allocations/${booked.id}`, { body: { description: 'new' } }),
      () => book(car, at('11'), at('12')),
      () => book(other, at('09'), at('09:30')),
    ]
    for (const change of changes) {
      const before = { 'if-match': `"${await plan()}"` }
      expect((await change()).status).toBeLessThan(300)
      const stale = await withdraw(car, before)
      expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed'])
      expect((await bookingsOf(car)).some(({ id }) => id === booked.id)).toBe(true)
    }
    expect((await withdraw(car, { 'if-match': '"v1"' })).status).toBe(412)
  })

  it('is all or nothing, whatever is booked at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const [car = '', other = ''] = await addCars(2)
      const hours = ['09', '10', '11', '12']
      for (const hour of hours) await book(car, at(hour), at(`${hour}:30`))
      const { body: plan } = await withdraw(car)
      const [done, booked] = await Promise.all([
        withdraw(car, { 'if-match': `"${plan.plan}"` }),
        book(round % 2 ? car : other, at('12:00'), at(round % 2 ? '13' : '12:30')),
        book(round % 2 ? car : other, at('12:30'), at('13')),
      ])
      expect([200, 412]).toContain(done.status)
      expect([201, 409]).toContain(booked.status)
      const moved = (await bookingsOf(other)).filter(({ id }) =>
        plan.moves.some(({ allocation }) => allocation === id),
      )
      expect(moved).toHaveLength(done.status === 200 ? hours.length : 0)
    }
    expect((await audit()).overlaps).toBe(0)
  })

  it('moves only to matching resources, and is for administrators', async () => {
    const [car = ''] = await addCars(2, { seats: 4 })
    await book(car, at('09'), at('10'))
    const { body } = await withdraw(car, {}, { ...day, where: 'seats>=5' })
    expect([body.moves, body.stranded.length]).toEqual([[], 1])
    const url = `/api/resources/${idOf(car)}/withdrawal`
    expect((await call('POST', url, { as: 'member', body: day })).status).toBe(403)
    const backwards = { from_datetime: at('18'), to_datetime: at('08') }
    expect((await withdraw(car, {}, backwards)).body.code).toBe('empty_span')
    expect((await withdraw(car, {}, { ...day, where: 'seats!5' })).body.code).toBe('where_invalid')
  })

  it('is planned for up to 200 bookings', async () => {
    const [car = ''] = await addCars(1)
    const begin = Date.parse(at('08'))
    const minute = (count: number) => new Date(begin + count * minute_ms).toISOString()
    const bookMinute = (count: number) => book(car, minute(count), minute(count + 1))
    const booked = await Promise.all(Array.from({ length: 200 }, (_, count) => bookMinute(count)))
    expect(new Set(booked.map(({ status }) => status))).toEqual(new Set([201]))
    expect((await withdraw(car)).body.stranded).toHaveLength(200)
    await bookMinute(200)
    const { status, body } = await withdraw(car)
    expect([status, body.code]).toEqual([409, 'too_many_allocations'])
  })

  it('gives the waiting list the time around it, not its own', async () => {
    const [car = ''] = await addCars(2)
    const { body: booked } = await book(car, at('07'), at('10'))
    const wait = async (from_datetime: string, to_datetime: string) => {
      const body = { resource_id: idOf(car), from_datetime, to_datetime }
      return (await call<WaitlistEntry>('POST', '/api/waitlist', { body })).body.id
    }
    const [inside, beside] = [await wait(at('09'), at('10')), await wait(at('07'), at('08'))]
    const { body: plan } = await withdraw(car)
    expect(plan.moves.map(({ allocation }) => allocation)).toEqual([booked.id])
    expect((await withdraw(car, { 'if-match': `"${plan.plan}"` })).status).toBe(200)
    const statusOf = async (id: string) =>
      (await call<WaitlistEntry>('GET', `/api/waitlist/${id}`)).body.status
    expect([await statusOf(inside), await statusOf(beside)]).toEqual(['waiting', 'served'])
    expect(await audit()).toMatchObject({ overlaps: 0, waiters_passed_over: 0 })
  })

  it('leaves existing blocks of the resource in place', async () => {
    const [car = '', other = ''] = await addCars(2)
    const withdrawOnce = async (body: object) => {
      const { plan } = (await withdraw(car, {}, body)).body
      return (await withdraw(car, { 'if-match': `"${plan}"` }, body)).status
    }
    expect(await withdrawOnce(day)).toBe(200)
    const { body: booked } = await book(car, at('19'), at('20'))
    // The workshop needs longer.
    expect(await withdrawOnce({ ...day, to_datetime: at('22') })).toBe(200)
    expect((await bookingsOf(other)).map(({ id }) => id)).toEqual([booked.id])
    const left = (await bookingsOf(car)).map((one) => [one.from_datetime, one.allocation_type])
    expect(left).toEqual([
      [at('08'), 'maintenance'],
      [at('18'), 'maintenance'],
    ])
  })

  it('strands as few as any other plan', async () => {
    const seed = Date.now() % 1_000_000
    const random = createRandom(seed)
    for (let round = 0; round < 8; round++) {
      const cars = await addCars(2 + random.integer(4))
      const rows: { car: number; from: number; to: number; id: string }[] = []
      for (let tried = 0; tried < 12; tried++) {
        const [car, from] = [random.integer(cars.length), 8 + random.integer(10)]
        const to = from + 1 + random.integer(3)
        const text = (hour: number) => at(String(hour).padStart(2, '0'))
        const { status, body } = await book(cars[car] ?? '', text(from), text(to))
        if (status === 201) rows.push({ car, from, to, id: body.id })
      }
      const { body: plan } = await withdraw(cars[0] ?? '', {}, { from_datetime: at('00') })
      const own = rows.filter(({ car }) => car === 0)
      const others = rows.filter(({ car }) => car > 0)
      const fewest = fewestStranded(own, others, cars.length)
      expect({ seed, stranded: plan.stranded.length }).toEqual({ seed, stranded: fewest })
      expect(plan.moves.length + plan.stranded.length).toBe(own.length)
      const done = await withdraw(
        cars[0] ?? '',
        { 'if-match': `"${plan.plan}"` },
        { from_datetime: at('00') },
      )
      expect(done.status).toBe(200)
      expect((await audit()).overlaps).toBe(0)
    }
  })
})

interface Row {
  car: number
  from: number
  to: number
}

/** Tries every way to move each booking, or to leave it. */
function fewestStranded(own: Row[], others: Row[], cars: number): number {
  const [first, ...rest] = own
  if (!first) return 0
  let fewest = 1 + fewestStranded(rest, others, cars)
  for (let car = 1; car < cars; car++) {
    const isFree = others.every(
      (row) => row.car !== car || row.to <= first.from || row.from >= first.to,
    )
    if (isFree)
      fewest = Math.min(fewest, fewestStranded(rest, [...others, { ...first, car }], cars))
  }
  return fewest
}
