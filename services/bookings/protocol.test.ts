import { afterAll, beforeAll, beforeEach, expect, it } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import type { PartName } from '../index.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { toAnswer } from '../testing/use-system.ts'
import { at } from './fixture.ts'

type Fault = { path: string; when: 'before' | 'after' }

describeStores('the protocol of bookings, split', (makeDatabase) => {
  const systems: TestSystem[] = []
  let database: TestDatabase
  let fault: Fault | undefined
  let asked: string[] = []
  let copies: Request[] = []
  let way: ReturnType<typeof Bun.serve>
  let inventory: TestSystem
  let bookings: TestSystem
  let made = 0

  async function start(part: PartName, environment: Record<string, string>) {
    const shared = async () => ({ url: database.url, remove: async () => {} })
    const system = await startForTest(shared, { parts: [part], environment })
    systems.unshift(system)
    return { system, url: await listenForTest(system.app) }
  }

  /** Between bookings and inventory: what is asked, or its answer, is lost on the way. */
  async function pass(request: Request, target: string): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const isLost = fault?.path === pathname ? fault.when : undefined
    if (request.method === 'POST') asked.push(pathname.slice('/api/reservations'.length))
    if (isLost === 'before') return new Response(null, { status: 502 })
    const { method, headers } = request
    const body = method === 'GET' ? null : await request.arrayBuffer()
    if (pathname.endsWith('/move'))
      copies.push(new Request(target + pathname, { method, headers, body }))
    const answer = await fetch(target + pathname + search, { method, headers, body })
    return isLost === 'after' ? new Response(null, { status: 502 }) : answer
  }

  beforeAll(async () => {
    database = await makeDatabase()
    const users = { USERS_URL: (await start('users', {})).url }
    const started = await start('inventory', users)
    inventory = started.system
    way = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => pass(request, started.url),
    })
    const url = `http://127.0.0.1:${way.port}`
    bookings = (await start('bookings', { ...users, INVENTORY_URL: url })).system
  }, 60_000)
  afterAll(async () => {
    await way.stop(true)
    for (const { app, close } of systems) {
      await app.server?.stop(true)
      await close()
    }
    await database.remove()
  })
  beforeEach(() => {
    fault = undefined
    asked = []
    copies = []
  })

  const send = async <T>(system: TestSystem, request: string, options: object) => {
    const [method = '', path = ''] = request.split(' ')
    const token = await systems.at(-1)?.tokenOf('admin')
    const headers = {
      authorization: `Bearer ${token}`,
      ...(options as { headers?: object }).headers,
    }
    return toAnswer<T>(await system.send(method, path, { as: null, ...options, headers }))
  }
  const addCar = async () =>
    (await send<Resource>(inventory, 'POST /api/cars', { body: { name: `No. ${++made}` } })).body.id
  const allocationsOf = async (car: string) =>
    (await send<Allocation[]>(inventory, `GET /api/cars/${car}/allocations`, {})).body
  const book = (car: string, key: string, span = { from: at('09:00'), to: at('11:00') }) =>
    send<Booking>(bookings, 'POST /api/bookings', {
      body: { items: [{ resource_id: car }], title: 'A visit', ...span },
      headers: { 'idempotency-key': key },
    })
  const listed = async () =>
    (await send<Booking[]>(bookings, 'GET /api/bookings?limit=200', {})).body.map((it) => it.id)

  it('is hold, record, confirm', async () => {
    const car = await addCar()
    const { status, body } = await book(car, 'plain')
    // What type a resource is of is asked once.
    expect([status, asked]).toEqual([201, ['/outlook', '', '/keep']])
    expect(await allocationsOf(car)).toMatchObject([
      { id: body.items[0]?.allocation_id, status: 'confirmed', created_by: 'service:bookings' },
    ])
  })

  for (const step of ['', '/keep']) {
    for (const when of ['before', 'after'] as const) {
      it(`ends right by a retry when it breaks off ${when} reservations${step}`, async () => {
        const car = await addCar()
        fault = { path: `/api/reservations${step}`, when }
        expect((await book(car, `${step} ${when}`.trim().replace(' ', '-'))).status).toBe(503)
        fault = undefined
        const again = await book(car, `${step} ${when}`.trim().replace(' ', '-'))
        expect(again.status).toBe(201)
        const rows = await allocationsOf(car)
        expect(rows).toMatchObject([
          { id: again.body.items[0]?.allocation_id, status: 'confirmed' },
        ])
        expect(await listed()).toContain(again.body.id)
      })
    }
  }

  it('makes it anew when its hold ended meanwhile, and nobody saw the first', async () => {
    const car = await addCar()
    fault = { path: '/api/reservations/keep', when: 'before' }
    expect((await book(car, 'late')).status).toBe(503)
    const before = await listed()
    const long = 'UPDATE allocations SET held_until'
    const url = inventory.databaseUrlOf('inventory')
    const past = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    await changeByHand(url, `${long} = ${past} WHERE held_until IS NOT NULL`)
    fault = undefined
    const again = await book(car, 'late')
    expect(again.status).toBe(201)
    expect(before).not.toContain(again.body.id)
    expect(await allocationsOf(car)).toMatchObject([
      { id: again.body.items[0]?.allocation_id, status: 'confirmed' },
    ])
  })

  it('is finished by itself when nobody retries', async () => {
    const car = await addCar()
    fault = { path: '/api/reservations/keep', when: 'before' }
    expect((await book(car, 'left')).status).toBe(503)
    fault = undefined
    expect(await allocationsOf(car)).toMatchObject([{ status: 'held' }])
    bookings.startTasks()
    while ((await allocationsOf(car))[0]?.status !== 'confirmed') await Bun.sleep(50)
  }, 60_000)

  for (const when of ['before', 'after'] as const) {
    it(`moves once, when it breaks off ${when} the move`, async () => {
      const car = await addCar()
      const { body } = await book(car, `move-${when}`)
      const own = `/api/bookings/${body.id}`
      fault = { path: '/api/reservations/move', when }
      const change = { body: { to: at('12:00') } }
      expect((await send(bookings, `PATCH ${own}`, change)).status).toBe(503)
      fault = undefined
      expect((await send<Booking>(bookings, `GET ${own}`, {})).body.to).toBe(at('12:00'))
      expect(await allocationsOf(car)).toMatchObject([{ to_datetime: at('12:00') }])
    })
  }

  it('stays where it was moved last, whatever copy of a move comes late', async () => {
    const car = await addCar()
    const own = `/api/bookings/${(await book(car, 'late-copy')).body.id}`
    for (const to of [at('13:00'), at('12:00')]) {
      expect((await send(bookings, `PATCH ${own}`, { body: { to } })).status).toBe(200)
    }
    expect(copies).toHaveLength(2)
    const [late] = copies
    if (late) expect((await fetch(late)).status).toBe(409)
    expect(await allocationsOf(car)).toMatchObject([{ to_datetime: at('12:00') }])
  })

  it('is changed whole or not at all, whoever finishes a move that is refused', async () => {
    const car = await addCar()
    const { body } = await book(car, 'refused-later')
    const next = { from: at('11:00'), to: at('12:00') }
    expect((await book(car, 'in-its-way', next)).status).toBe(201)
    const own = `/api/bookings/${body.id}`
    fault = { path: '/api/reservations/move', when: 'before' }
    const change = { body: { to: at('12:00'), title: 'Longer' } }
    expect((await send(bookings, `PATCH ${own}`, change)).status).toBe(503)
    fault = undefined
    expect((await send<Booking>(bookings, `GET ${own}`, {})).body).toEqual(body)
  })

  it('frees the time of one that was cancelled while inventory was away', async () => {
    const car = await addCar()
    const { body } = await book(car, 'cancelled')
    const cancel = () =>
      send<Booking>(bookings, `POST /api/bookings/${body.id}/cancel`, {
        body: { reason: 'No visit' },
      })
    fault = { path: '/api/reservations/release', when: 'before' }
    expect((await cancel()).status).toBe(503)
    expect(await allocationsOf(car)).toHaveLength(1)
    fault = undefined
    expect((await cancel()).body.state).toBe('cancelled')
    expect(await allocationsOf(car)).toEqual([])
  })

  it('is finished by itself although a hundred older ones cannot be', async () => {
    const car = await addCar()
    const { body } = await book(car, 'behind')
    fault = { path: '/api/reservations/keep', when: 'before' }
    const busy = await addCar()
    const first = Date.parse(at('09:00'))
    for (let index = 0; index < 100; index++) {
      const time = (minutes: number) => new Date(first + minutes * 60_000).toISOString()
      const span = { from: time(index), to: time(index + 1) }
      expect((await book(busy, `stuck-${index}`, span)).status).toBe(503)
    }
    const past = 'UPDATE bookings SET unsettled'
    const url = bookings.databaseUrlOf('bookings')
    const long = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    await changeByHand(url, `${past} = ${long} WHERE unsettled IS NOT NULL`)
    fault = { path: '/api/reservations/release', when: 'before' }
    const cancel = { body: { reason: 'No visit' } }
    const cancelled = await send(bookings, `POST /api/bookings/${body.id}/cancel`, cancel)
    expect(cancelled.status).toBe(503)
    fault = { path: '/api/reservations/keep', when: 'before' }
    bookings.startTasks()
    while ((await allocationsOf(car)).length > 0) await Bun.sleep(50)
  }, 60_000)
})
