import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useBookings } from './fixture.ts'

const path = '/api/bookings'

describeStores('requests', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, addType, addGroup, book, allocationsOf, setPolicy } = tools

  /** A room that needs approval, and its manager. */
  async function addRoom(manager: string) {
    const type = await addType()
    const room = await addResource(type)
    const group = await addGroup(manager)
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights, approval: { when: 'always' } } })
    return room
  }

  const decide = (id: string, what: string, as: string) =>
    call<Booking & Problem>('POST', `${path}/${id}/${what}`, {
      as,
      ...(what === 'reject' && { body: { reason: 'The board has it' } }),
    })
  const countFor = async (as: string) =>
    (await call<{ count: number }>('GET', `${path}/pending`, { as })).body.count

  it('hold their time until they are decided, and are listed for their managers', async () => {
    const room = await addRoom('mona')
    const made = await book({ items: [{ resource_id: room }] })
    expect(made).toMatchObject({ status: 201, body: { state: 'requested' } })
    const [held] = await allocationsOf(room)
    expect(held).toMatchObject({ status: 'held', held_until: made.body.decide_by })
    expect((await book({ items: [{ resource_id: room }] }, 'bert')).status).toBe(409)
    const pending = await call<Booking[]>('GET', `${path}?pending=true`, { as: 'mona' })
    expect(pending.body.map(({ id }) => id)).toEqual([made.body.id])
    expect([await countFor('mona'), await countFor('anna'), await countFor('bert')]).toEqual([
      1, 0, 0,
    ])
    expect((await decide(made.body.id, 'approve', 'anna')).status).toBe(403)
    expect((await decide(made.body.id, 'approve', 'bert')).status).toBe(403)
    expect(await decide(made.body.id, 'approve', 'mona')).toMatchObject({
      status: 200,
      body: { state: 'confirmed', decided_by: await tools.idOf('mona') },
    })
    expect(await allocationsOf(room)).toMatchObject([{ status: 'confirmed', held_until: null }])
    expect(await countFor('mona')).toBe(0)
  })

  it('release their time when they are rejected, with a reason', async () => {
    const room = await addRoom('nora')
    const { body } = await book({ items: [{ resource_id: room }] })
    expect(await decide(body.id, 'reject', 'nora')).toMatchObject({
      status: 200,
      body: { state: 'rejected', reason: 'The board has it' },
    })
    expect(await allocationsOf(room)).toEqual([])
    expect(await decide(body.id, 'approve', 'nora')).toMatchObject({
      status: 409,
      body: { code: 'already_decided' },
    })
  })

  it('are decided once: of 10 simultaneous decisions one succeeds (two_approve)', async () => {
    const room = await addRoom('olga')
    const { body } = await book({ items: [{ resource_id: room }] })
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, at) => decide(body.id, at % 2 ? 'reject' : 'approve', 'olga')),
    )
    const won = all.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    for (const { status, body: problem } of all.filter((it) => !won.includes(it))) {
      expect([status, problem.code]).toEqual([409, 'already_decided'])
    }
    const state = won[0]?.body.state
    expect((await allocationsOf(room)).map(({ status }) => status)).toEqual(
      state === 'confirmed' ? ['confirmed'] : [],
    )
  })

  it('expire exactly on time, without anything running', async () => {
    const room = await addRoom('petra')
    const { body } = await book({ items: [{ resource_id: room }] })
    const isSqlite = system().databaseUrlOf('bookings').startsWith('sqlite:')
    const past = isSqlite ? '1000' : "'2020-01-01T00:00:00Z'"
    await changeByHand(
      system().databaseUrlOf('bookings'),
      `UPDATE bookings SET decide_by = ${past} WHERE number = '${body.number}'`,
    )
    await changeByHand(
      system().databaseUrlOf('inventory'),
      `UPDATE allocations SET held_until = ${past} WHERE reference = '${body.number}'`,
    )
    const found = await call<Booking>('GET', `${path}/${body.id}`, { as: 'anna' })
    expect(found.body.state).toBe('expired')
    const states = async (query: string) =>
      (await call<Booking[]>('GET', `${path}?resource=${room}&${query}`, { as: 'petra' })).body
        .length
    expect([await states('state=expired'), await states('pending=true')]).toEqual([1, 0])
    expect(await decide(body.id, 'approve', 'petra')).toMatchObject({
      status: 409,
      body: { code: 'request_expired' },
    })
    expect((await book({ items: [{ resource_id: room }] }, 'bert')).status).toBe(201)
  })

  it('expire if their hold is gone before they are approved', async () => {
    const room = await addRoom('quinn')
    const { body } = await book({ items: [{ resource_id: room }] })
    await changeByHand(
      system().databaseUrlOf('inventory'),
      `DELETE FROM allocations WHERE reference = '${body.number}'`,
    )
    expect(await decide(body.id, 'approve', 'quinn')).toMatchObject({
      status: 409,
      body: { code: 'request_expired' },
    })
    const found = await call<Booking>('GET', `${path}/${body.id}`, { as: 'anna' })
    expect(found.body.state).toBe('expired')
  })

  it('never come from changing a confirmed booking: its manager changes it', async () => {
    const room = await addRoom('rosa')
    const { body } = await book({ items: [{ resource_id: room }] })
    await decide(body.id, 'approve', 'rosa')
    const change = (as: string) =>
      call<Problem>('PATCH', `${path}/${body.id}`, { as, body: { to: '2027-03-01T12:00:00.000Z' } })
    expect(await change('anna')).toMatchObject({ status: 403, body: { code: 'approval_required' } })
    expect((await change('rosa')).status).toBe(200)
    expect(await allocationsOf(room)).toMatchObject([{ to_datetime: '2027-03-01T12:00:00.000Z' }])
  })

  it('stay requests when they are moved, and keep their hold', async () => {
    const room = await addRoom('sara')
    const { body } = await book({ items: [{ resource_id: room }] })
    const moved = await call<Booking>('PATCH', `${path}/${body.id}`, {
      as: 'anna',
      body: { to: '2027-03-01T12:00:00.000Z' },
    })
    expect(moved).toMatchObject({ status: 200, body: { state: 'requested' } })
    expect(await allocationsOf(room)).toMatchObject([
      { status: 'held', held_until: moved.body.decide_by, to_datetime: moved.body.to },
    ])
  })
})
