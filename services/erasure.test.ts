import { expect, it, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { Allocation } from '../shared/schemas/allocation.ts'
import type { Book } from '../shared/schemas/book.ts'
import type { Exercise } from '../shared/schemas/course.ts'
import type { FileRecord } from '../shared/schemas/file.ts'
import type { Resource } from '../shared/schemas/resource.ts'
import type { User } from '../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { changeByHand } from '../shared/testing/by-hand.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { addition, right } from './courses/fixture.ts'
import { serviceNames } from './index.ts'
import { testPassword } from './testing/system.ts'
import { useSystem } from './testing/use-system.ts'

setDefaultTimeout(120_000)

// Nothing else in the system has it in its name.
const name = 'quetzal'
const email = `${name}@erase.example`

/** Where an id may stay: it says nothing of whom it was. What is not among these is a leak. */
const mayNameTheId = new Set([
  // For good, so that a restore is cleaned as well, and that what was done stays one actor's.
  'users.removed_users',
  'users.security_events',
  // One rating for each user and book.
  'ratings.book_ratings',
  // Until its last tokens are over: an hour.
  'users.ended_logins',
  'users.logins',
  // For a day: responses of retries, and what is counted by day.
  ...serviceNames.map((service) => `${service}.idempotency_keys`),
  ...serviceNames.map((service) => `${service}.daily_counts`),
])

describeStores('a removed account', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase, {
    // Nobody listens there: mails wait.
    environment: {
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'Campus <campus@test.example>',
      PUBLIC_URL: 'https://campus.test.example',
    },
  })
  let keys = 0

  async function post<T>(path: string, body: object | string, as: string | null = name) {
    const type = typeof body === 'string' && { 'content-type': 'text/plain' }
    const headers = { 'idempotency-key': `erasure-${++keys}`, 'user-agent': name, ...type }
    const answer = await call<T>('POST', path, { as, body, headers })
    expect([path, answer.status, answer.status < 300 ? 'done' : answer.body]).toEqual([
      path,
      answer.status,
      'done',
    ])
    return answer.body
  }

  const span = (hour: number) => ({
    from_datetime: `2090-03-01T${hour}:00:00Z`,
    to_datetime: `2090-03-01T${hour + 1}:00:00Z`,
  })

  /** Does whatever leaves a trace. */
  async function live(): Promise<{ user: User; booking: Allocation }> {
    // Asked in before, and came by another way.
    await post('/api/invitations', { email }, 'admin')
    await post(
      '/api/users',
      { username: name, email, password: testPassword, display_name: `Ada ${name}` },
      null,
    )
    const user = (await call<User>('GET', '/api/users/me', { as: name })).body
    await call('PATCH', `/api/users/${user.id}`, { body: { role: 'admin' } })
    await system().refresh()
    await post('/api/login', { username: name, password: testPassword }, null)
    await post('/api/login', { username: name, password: 'wrong' }, null).catch(() => {})
    await post('/api/password_resets', { email }, null)
    const moved = { email: `${name}.new@erase.example`, current_password: testPassword }
    await post('/api/address_changes', moved)
    const guest = { email: 'guest@erase.example' }
    const { id: invitation } = await post<{ id: string }>('/api/invitations', guest)
    await renew(invitation, name)
    await renewBetween()
    await post('/api/api_keys', { name: 'script', scopes: ['read'] })
    await post('/api/second_factor', { current_password: testPassword })
    const group = await post<{ id: string }>('/api/groups', { name: 'Night shift' })
    await call('PUT', `/api/groups/${group.id}/members/${user.id}`, { body: { role: 'manager' } })
    return { user, booking: await use() }
  }

  const renew = async (id: string, as: string) => {
    const renewed = await call('POST', `/api/invitations/${id}/link`, { as, body: {} })
    expect(renewed.status).toBe(200)
  }

  /** Invitations that are no longer theirs: renewed by somebody else, and revoked. */
  async function renewBetween(): Promise<void> {
    const invite = (email: string) => post<{ id: string }>('/api/invitations', { email })
    await renew((await invite('taken-over@erase.example')).id, 'admin')
    const { id } = await invite('revoked@erase.example')
    expect((await call('DELETE', `/api/invitations/${id}`)).status).toBe(204)
  }

  async function use(): Promise<Allocation> {
    const car = await post<Resource>('/api/cars', { name: 'Erasure 1' })
    await call('PATCH', `/api/cars/${car.id}`, { as: name, body: { note: 'x' } })
    const path = `/api/cars/${car.id}/allocations`
    const booking = await post<Allocation>(path, span(10))
    await call('PATCH', `${path}/${booking.id}`, { as: name, body: { description: 'x' } })
    const gone = await post<Allocation>(path, span(12))
    await call('DELETE', `${path}/${gone.id}`, { as: name })
    await post(path, { ...span(14), hold_for: 'PT2H' })
    await post('/api/waitlist', { resource_id: car.id, ...span(10) })
    await post('/api/allocations', { items: [{ resource_id: car.id }], ...span(16) })
    await post('/api/calendars', { name: `Of ${name}` })
    await post('/api/displays', { name: 'At the gate', type: 'Car' })
    await reserve(car)
    await post('/api/files?file_name=b.txt', 'other bytes')
    const idOf = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body.id
    const given = { to: await idOf('admin'), files: true }
    await post(`/api/users/${await idOf(name)}/hand_over`, given)
    const file = await post<FileRecord>('/api/files?file_name=a.txt', 'some bytes')
    const to = new Date(Date.now() + 3_600_000).toISOString()
    const own = { items: [{ resource_id: car.id }], title: 'x', from: new Date().toISOString(), to }
    const { id } = await post<{ id: string }>('/api/bookings', own)
    const attach = `/api/bookings/${id}/files/${file.file_hash}`
    await call('PUT', attach, { as: name, body: { file_name: 'x.txt' } })
    for (const step of ['check_out', 'return']) await post(`/api/bookings/${id}/${step}`, {})
    const book = await post<Book>('/api/books', { title: 'Erased', author: 'Nobody' })
    await call('PUT', `/api/books/${book.id}/shelf`, { as: name, body: { shelf: 'read' } })
    await post(`/api/ratings/${book.id}`, { value: 8 })
    await post('/api/courses', { code: 'ERA1', name: 'Test', instructor: 'Tester' })
    const { body: me } = await call<User>('GET', '/api/users/me', { as: name })
    await call('PATCH', '/api/courses/ERA1', { body: { teachers: [me.id] } })
    const exercises = '/api/courses/ERA1/exercises'
    const exercise = await post<Exercise>(exercises, addition)
    await post(`${exercises}/${exercise.id}/submissions`, { code: right })
    await changeByHand(system().databaseUrlOf('courses'), 'UPDATE submissions SET score = 5000')
    return booking
  }

  /** Through bookings: by a policy with a quota, made, moved and given up. */
  async function reserve(car: Resource): Promise<void> {
    const rules = { quotas: [{ per: 'day', count: 9 }] }
    await post('/api/policies', { type: 'Car', rules })
    const body = (hour: number) => {
      const { from_datetime: from, to_datetime: to } = span(hour)
      return { items: [{ resource_id: car.id }], from, to, title: 'A visit' }
    }
    const { id } = await post<{ id: string }>('/api/bookings', body(18))
    const to = span(19).to_datetime
    const moved = await call('PATCH', `/api/bookings/${id}`, { as: name, body: { to } })
    expect(moved.status).toBe(200)
    // Somebody else hears of it, by whom it was.
    const { id: booked_for } = (await call<User>('GET', '/api/users/me', { as: 'olga' })).body
    await post('/api/bookings', { ...body(22), booked_for })
    const given = await post<{ id: string }>('/api/bookings', body(20))
    await post(`/api/bookings/${given.id}/cancel`, { reason: 'No visit' })
  }

  async function listTables(store: Store): Promise<string[]> {
    const query =
      store.dialect === 'sqlite'
        ? sql`SELECT name FROM sqlite_master WHERE type = 'table'`
        : sql`SELECT table_name AS name FROM information_schema.tables
            WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
    return (await store.rows<{ name: string }>(query)).map((row) => row.name)
  }

  /** The tables in which a text is, in any column. */
  async function find(text: string): Promise<string[]> {
    const found: string[] = []
    const bytes = text.replaceAll('-', '')
    for (const service of serviceNames) {
      const stores = createStores()
      const store = await stores.open(system().databaseUrlOf(service))
      for (const table of await listTables(store)) {
        const rows = await store.rows<object>(sql`SELECT * FROM ${sql.identifier(table)}`)
        const said = rows.flatMap((row) => Object.values(row).map(toText))
        if (said.some((value) => value.includes(text) || value === bytes)) {
          found.push(`${service}.${table}`)
        }
      }
      await stores.close()
    }
    return found
  }

  it('is erased by name and address everywhere, and its bookings keep their time', async () => {
    const { user, booking } = await live()
    expect((await find(name)).length).toBeGreaterThan(5)
    expect((await find(user.id)).length).toBeGreaterThan(12)
    system().startTasks()
    const inbox = ['notifications.journal', 'notifications.notifications']
    const patience = Date.now() + 30_000
    let found: string[] = []
    do found = await find(user.id)
    while (!inbox.every((place) => found.includes(place)) && Date.now() < patience)
    expect(found).toEqual(expect.arrayContaining(inbox))
    expect((await call('DELETE', `/api/users/${user.id}`)).status).toBe(204)
    // At once, as nobody else has them.
    expect((await find(name)).filter((place) => place.startsWith('users.'))).toEqual([])

    const leaks = async () => [
      ...(await find(name)),
      ...(await find(user.id)).filter((place) => !mayNameTheId.has(place)),
    ]
    const end = Date.now() + 30_000
    while ((await leaks()).length > 0 && Date.now() < end) await Bun.sleep(200)
    expect(await leaks()).toEqual([])
    const path = `/api/cars/${booking.resource_id}/allocations/${booking.id}`
    const { body } = await call<Allocation>('GET', path)
    expect(body).toEqual({
      ...booking,
      description: 'x',
      created_by: 'removed',
      booked_for: 'removed',
    })
  })
})

function toText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return String(value).toLowerCase()
}
