import { expect, it } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

describeStores('a refused booking', (makeDatabase) => {
  const { call, add, book } = useInventory(makeDatabase)

  it('keeps a bound that a change omits, even an infinite one', async () => {
    const car = await add()
    const body = { from_datetime: at('09:00'), to_infinity: true }
    const made = await call<Allocation>('POST', `${car}/allocations`, { body })
    const path = `${car}/allocations/${made.body.id}`
    const change = (body: object) =>
      call<Allocation & Omit<Problem, 'status'>>('PATCH', path, { body })
    const endless = { status: 200, body: { from_datetime: at('09:00'), to_infinity: true } }
    expect(await change({ description: 'for good' })).toMatchObject(endless)
    expect(await change({ to_datetime: null })).toMatchObject(endless)
    expect(await change({ from_infinity: false })).toMatchObject(endless)
    expect(await change({ to_infinity: false })).toMatchObject({
      status: 422,
      body: { errors: [{ detail: expect.stringContaining('Give to_datetime') }] },
    })
    expect(await change({ from_datetime: null })).toMatchObject({
      status: 422,
      body: {
        errors: [{ detail: expect.stringContaining('from_infinity: true to leave it unbounded') }],
      },
    })
    const both = await change({ to_datetime: at('10:00'), to_infinity: true })
    expect(both).toMatchObject({
      status: 422,
      body: { errors: [{ detail: expect.stringContaining('to_datetime must be null') }] },
    })
    expect(await change({ to_datetime: at('99:00'), to_infinity: false })).toMatchObject({
      status: 422,
      body: { errors: [{ detail: expect.stringContaining('Not a valid time') }] },
    })
    const ended = { to_datetime: at('10:00'), to_infinity: false }
    expect(await change(ended)).toMatchObject({ status: 200, body: ended })
    const begun = { from_datetime: null, from_infinity: true }
    expect(await change({ from_infinity: true })).toMatchObject({ status: 200, body: begun })
  })

  it('names the first ten conflicting bookings', async () => {
    const car = await add()
    for (let minute = 10; minute < 22; minute++) {
      expect((await book(car, at(`09:${minute}`), at(`09:${minute}:30`))).status).toBe(201)
    }
    const { body } = await book(car, at('09:00'), at('10:00'))
    const { conflicts } = body as unknown as { conflicts: Allocation[] }
    expect(conflicts).toHaveLength(10)
    expect(conflicts[0]).toMatchObject({ from_datetime: at('09:10') })
    expect(conflicts[9]).toMatchObject({ from_datetime: at('09:19') })
  })

  it('says whose the conflicting booking is, or what it is if nobody has it', async () => {
    const car = await add()
    const { body: first } = await book(car, at('09:00'), at('10:00'))
    const times = { from_datetime: at('10:00'), to_datetime: at('11:00') }
    const maintenance = { ...times, allocation_type: 'maintenance' }
    await call('POST', `${car}/allocations`, { body: maintenance })
    const refused = await call('POST', `${car}/allocations`, {
      as: 'ben',
      body: { from_datetime: at('09:00'), to_datetime: at('11:00') },
    })
    expect(refused.body).toMatchObject({
      conflicts: [
        { booked_for: first.booked_for, allocation_type: 'booking', mine: false },
        { to_datetime: at('11:00'), allocation_type: 'maintenance' },
      ],
    })
  })

  it('names the conflicts of a move, but not the moved booking', async () => {
    const car = await add()
    const { body: first } = await book(car, at('09:00'), at('10:00'))
    const { body: second } = await book(car, at('10:00'), at('11:00'))
    const body = { to_datetime: at('10:30') }
    const refused = await call('PATCH', `${car}/allocations/${first.id}`, { body })
    const { id, from_datetime, to_datetime } = second
    expect(refused.body).toMatchObject({ conflicts: [{ id, from_datetime, to_datetime }] })
    expect((refused.body as { conflicts: unknown[] }).conflicts).toHaveLength(1)
  })
})
