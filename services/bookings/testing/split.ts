import { afterAll, beforeAll, beforeEach, expect } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { Policy, PolicyRules } from '../../../shared/schemas/policy.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { MakeDatabase, TestDatabase } from '../../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import type { PartName } from '../../index.ts'
import { startForTest, type TestSystem } from '../../testing/system.ts'
import { toAnswer } from '../../testing/use-system.ts'
import { at } from '../fixture.ts'

/** Where a call from bookings to inventory fails: before it arrives, or after. */
export type Fault = { path: string; when: 'before' | 'after' }

/** Bookings and inventory in separate processes, with a connection that can fail. */
export function useSplit(
  makeDatabase: MakeDatabase,
  { clock = Date.now, environment = {} }: { clock?: () => number; environment?: object } = {},
) {
  const systems: TestSystem[] = []
  let database: TestDatabase
  let fault: Fault | undefined
  let next: (Fault & { work: () => Promise<unknown> }) | undefined
  let asked: string[] = []
  let moves: Request[] = []
  let keeps: Request[] = []
  let way: ReturnType<typeof Bun.serve>
  let inventory: TestSystem
  let bookings: TestSystem
  let made = 0

  async function start(part: PartName, environment: Record<string, string>, own = {}) {
    const shared = async () => ({ url: database.url, remove: async () => {} })
    const system = await startForTest(shared, { parts: [part], environment, ...own })
    systems.unshift(system)
    return { system, url: await listenForTest(system.app) }
  }

  /** The connection: a request or its response may be lost. */
  async function pass(request: Request, target: string): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const workWhen = async (when: Fault['when']) => {
      if (next?.path !== pathname || next.when !== when) return
      const { work } = next
      next = undefined
      await work()
    }
    await workWhen('before')
    const isLost = fault?.path === pathname ? fault.when : undefined
    if (request.method === 'POST') asked.push(pathname.slice('/api/reservations'.length))
    if (isLost === 'before') return new Response(null, { status: 502 })
    const { method, headers } = request
    const body = method === 'GET' ? null : await request.arrayBuffer()
    const copies = pathname.endsWith('/move') ? moves : pathname.endsWith('/keep') ? keeps : []
    copies.push(new Request(target + pathname, { method, headers, body }))
    const answer = await fetch(target + pathname + search, { method, headers, body })
    await workWhen('after')
    return isLost === 'after' ? new Response(null, { status: 502 }) : answer
  }

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    const users = { USERS_URL: (await start('users', {})).url }
    const started = await start('inventory', { ...users, ...environment })
    inventory = started.system
    way = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => pass(request, started.url),
    })
    const url = `http://127.0.0.1:${way.port}`
    bookings = (await start('bookings', { ...users, INVENTORY_URL: url }, { clock })).system
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
    next = undefined
    asked = []
    moves = []
    keeps = []
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
  const setPolicy = (car: string, rules: PolicyRules) =>
    send<Policy>(bookings, 'POST /api/policies', { body: { resource_id: car, rules } })
  const addCarToPickUp = async () => {
    const car = await addCar()
    expect((await setPolicy(car, { check_in: { within: 'PT1H' } })).status).toBe(201)
    return car
  }
  const allocationsOf = async (car: string) =>
    (await send<Allocation[]>(inventory, `GET /api/resources/${car}/allocations`, {})).body
  const book = (car: string, key: string, span = { from: at('09:00'), to: at('11:00') }) =>
    send<Booking>(bookings, 'POST /api/bookings', {
      body: { items: [{ resource_id: car }], title: 'A visit', ...span },
      headers: { 'idempotency-key': key },
    })
  const listed = async () =>
    (await send<Booking[]>(bookings, 'GET /api/bookings?limit=200', {})).body.map((it) => it.id)

  return {
    bookings: () => bookings,
    inventory: () => inventory,
    /** Requests inventory got in this test. */
    asked: () => asked,
    /** Moves inventory got in this test, to be sent again. */
    moves: () => moves,
    /** The same for keeps. */
    keeps: () => keeps,
    breakAt: (at: Fault | undefined) => (fault = at),
    /** Does something once, just before the next request arrives. */
    beforeNext: (path: string, work: () => Promise<unknown>) =>
      (next = { path, when: 'before', work }),
    /** The same, just before its response is passed on. */
    afterNext: (path: string, work: () => Promise<unknown>) =>
      (next = { path, when: 'after', work }),
    send,
    /** A member's token, to use instead of the administrator's. */
    tokenOf: async (name: string) => systems.at(-1)?.tokenOf(name) ?? '',
    addCar,
    setPolicy,
    addCarToPickUp,
    allocationsOf,
    book,
    listed,
  }
}
