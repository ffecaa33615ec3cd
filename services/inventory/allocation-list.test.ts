import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

setDefaultTimeout(30_000)

describeStores('the list of all allocations', (makeDatabase) => {
  const { call, add, book, system } = useInventory(makeDatabase)
  const day = `from=${at('00')}&to=2027-03-02T00:00:00.000Z`
  const list = (query: string, as = 'admin') =>
    call<Allocation[]>('GET', `/api/allocations?${query}`, { as })
  const ids = ({ body }: { body: Allocation[] }) => body.map(({ id }) => id)
  const idOf = (path: string) => path.slice(-36)

  async function bookAs(as: string, car: string, body: object) {
    return call<Allocation & Omit<Problem, 'status'>>('POST', `${car}/allocations`, { as, body })
  }

  async function userId(as: string): Promise<string> {
    return (await call<{ id: string }>('GET', '/api/users/me', { as })).body.id
  }

  it('shows a board: all resources, by start, including earlier starts', async () => {
    const [car, runway, other] = [await add(), await add('runways'), await add('lorries')]
    const late = await book(car, at('14'), at('15'))
    const early = await book(runway, '2027-02-28T23:00Z', at('01'))
    const middle = await book(other, at('09'), at('10'))
    await book(car, '2027-02-28T22:00Z', at('00')) // ends as the window begins
    await book(car, '2027-03-02T00:00Z', '2027-03-02T01:00Z') // begins as it ends
    const board = await list(day)
    expect(ids(board)).toEqual([early.body.id, middle.body.id, late.body.id])
    expect(board.body).toEqual([early.body, middle.body, late.body])
    expect(ids(await list(`${day}&type=Runway`))).toEqual([early.body.id])
    expect(ids(await list(`${day}&resource_id=${idOf(car)}`))).toEqual([late.body.id])
    expect(ids(await list(`${day}&type=Runway&resource_id=${idOf(car)}`))).toEqual([])
    // Of one resource, no window is needed.
    expect(ids(await list(`resource_id=${idOf(other)}`))).toEqual([middle.body.id])
  })

  it('includes allocations without a bound at either end', async () => {
    const car = await add()
    const always = { from_infinity: true, to_infinity: true }
    const { body } = await bookAs('admin', car, always)
    expect((await list(`${day}&resource_id=${idOf(car)}`)).body).toEqual([body])
  })

  it('pages through equal starts, each once, and only with the filters of its cursor', async () => {
    const cars = [await add('trucks'), await add('trucks'), await add('trucks')]
    const made: string[] = []
    for (const car of cars) {
      made.push((await book(car, '2027-02-28T23:00Z', at('01'))).body.id)
      made.push((await book(car, at('03'), at('04'))).body.id)
      made.push((await book(car, at('05'), at('06'))).body.id)
    }
    const seen: string[] = []
    let path: string | undefined = `/api/allocations?${day}&type=Truck&limit=2`
    while (path) {
      const page: Awaited<ReturnType<typeof list>> = await call('GET', path)
      expect(page.body.length).toBeLessThanOrEqual(2)
      seen.push(...ids(page))
      path = /<(.*)>/.exec(page.headers.get('link') ?? '')?.[1]
    }
    expect(seen).toHaveLength(9)
    expect(seen.toSorted()).toEqual(made.toSorted())
    const first = await list(`${day}&type=Truck&limit=2`)
    const cursor = /cursor=([^&>]*)/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const stolen = await call<Problem>('GET', `/api/allocations?${day}&limit=2&cursor=${cursor}`)
    expect([stolen.status, stolen.body.code]).toEqual([400, 'cursor_invalid'])
    // Another's "mine" is another list.
    const mine = await list('mine=true&limit=1', 'member')
    expect(mine.body).toEqual([])
  })

  it("knows the user's own, and whose it is if booked for somebody", async () => {
    const [car, other] = [await add(), await add()]
    const span = { from_datetime: at('10'), to_datetime: at('11') }
    const [member, admin] = [await userId('member'), await userId('admin')]
    const own = await bookAs('member', car, { ...span, booked_for: member })
    const given = await bookAs('admin', other, { ...span, booked_for: member, reference: 'A-7' })
    expect(given.body).toMatchObject({ created_by: admin, booked_for: member, reference: 'A-7' })
    expect(own.body).toMatchObject({ created_by: member, booked_for: member, reference: null })
    const both = [own.body.id, given.body.id].toSorted()
    expect(ids(await list('mine=true', 'member')).toSorted()).toEqual(both)
    expect(ids(await list(`person=${member}`)).toSorted()).toEqual(both)
    expect(ids(await list('mine=true'))).not.toContain(given.body.id)
    expect(ids(await list(`mine=true&person=${admin}`, 'member'))).toEqual([])
    // Theirs to give back; nobody else's.
    const path = `${other}/allocations/${given.body.id}`
    expect((await call('DELETE', path, { as: 'stranger' })).status).toBe(403)
    expect((await call('DELETE', path, { as: 'member' })).status).toBe(204)
  })

  it('lets a member book for themselves only, also by a change', async () => {
    const car = await add()
    const admin = await userId('admin')
    const span = { from_datetime: at('10'), to_datetime: at('11') }
    const refused = await bookAs('member', car, { ...span, booked_for: admin })
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    const { body } = await bookAs('member', car, span)
    const path = `${car}/allocations/${body.id}`
    const change = { as: 'member', body: { booked_for: admin } }
    expect((await call('PATCH', path, change)).status).toBe(403)
    const word = { as: 'member', body: { reference: 'B-1' } }
    expect((await call('PATCH', path, word)).body).toMatchObject({ reference: 'B-1' })
    const none = { as: 'member', body: { reference: null } }
    expect((await call('PATCH', path, none)).body).toMatchObject({ reference: null })
  })

  it('finds literal words, ignoring case', async () => {
    const car = await add()
    const span = { from_datetime: at('10'), to_datetime: at('11') }
    const { body } = await bookAs('admin', car, {
      ...span,
      description: 'Visit 100% \\ of X_1, KÖLN',
    })
    const here = `resource_id=${idOf(car)}&q=`
    for (const q of ['visit', '100%', '\\', 'X_1', 'köln', 'KÖLN', 'kÖLN']) {
      expect(ids(await list(here + encodeURIComponent(q)))).toEqual([body.id])
    }
    // Accents are as they were written: descriptions are not kept folded.
    for (const q of ['1%0', 'XX1', 'X%1', 'koln']) {
      expect(ids(await list(here + encodeURIComponent(q)))).toEqual([])
    }
    const { body: named } = await call<{ name: string }>('GET', car)
    expect(ids(await list(here + encodeURIComponent(named.name.toUpperCase())))).toEqual([body.id])
  })

  it('requires a window if nothing else bounds the response', async () => {
    for (const query of ['', 'type=Car', 'q=x', `from=${at('00')}`, `to=${at('00')}`]) {
      const { status, body } = await call<Problem>('GET', `/api/allocations?${query}`)
      expect([query, status, body.code]).toEqual([query, 422, 'window_too_long'])
    }
    const wide = 'from=2027-01-01T00:00Z&to=2028-01-03T00:00Z'
    expect((await list(wide)).status).toBe(422)
    expect((await list('limit=5001&mine=true')).status).toBe(422)
    expect((await list('limit=5000&mine=true')).status).toBe(200)
    expect((await system().send('GET', '/api/allocations?mine=true', { as: null })).status).toBe(
      401,
    )
  })
})
