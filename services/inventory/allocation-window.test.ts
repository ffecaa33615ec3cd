import { expect, it } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

describeStores('the list of bookings', (makeDatabase) => {
  const { call, add, book } = useInventory(makeDatabase)

  it('lists bookings that touch a window, in order, page by page', async () => {
    const car = await add()
    for (const hour of ['12', '08', '10', '14']) await book(car, at(hour), at(`${hour}:30`))
    const window = `from=${at('08:15')}&to=${at('14:00')}`
    const path = `${car}/allocations?${window}&limit=2`
    const first = await call<Allocation[]>('GET', path)
    expect(first.body.map((row) => row.from_datetime)).toEqual([at('08'), at('10')])
    const next = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1]
    const second = await call<Allocation[]>('GET', next ?? '')
    expect(second.body.map((row) => row.from_datetime)).toEqual([at('12')])
    expect(second.headers.get('link')).toBeNull()
    const whole = await call<Allocation[]>('GET', `${car}/allocations?limit=4`)
    expect([whole.body.length, whole.headers.get('link')]).toEqual([4, null])
  })

  it("includes bookings that began long before, but no other resource's", async () => {
    const [car, other] = [await add(), await add()]
    const { body: long } = await book(car, at('09:00'), at('12:00'))
    await book(other, at('10:00'), at('11:00'))
    await book(car, at('07:00'), at('08:00'))
    const path = `${car}/allocations?from=${at('11:00')}&to=${at('13:00')}`
    expect((await call('GET', path)).body).toEqual([long])
  })

  it('includes bookings without a start, and continues after them', async () => {
    const car = await add()
    const body = { from_infinity: true, to_datetime: at('08:00') }
    const { body: first } = await call<Allocation>('POST', `${car}/allocations`, { body })
    const { body: second } = await book(car, at('09:00'), at('10:00'))
    const page = await call('GET', `${car}/allocations?limit=1`)
    expect(page.body).toEqual([first])
    const next = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
    expect((await call('GET', next ?? '')).body).toEqual([second])
  })
})
