import type { Context } from '../../shared/context.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { toLocal } from '../../shared/time-zone.ts'
import type { UsersApi } from '../users/index.ts'
import type { BookingsApi } from './index.ts'
import {
  besides,
  names,
  ofRooms,
  ofTrucks,
  planned,
  requested,
  series,
  today,
  type Name,
  type Planned,
  type Started,
} from './sample-data.ts'
import { minute_ms } from '../../shared/duration.ts'

const saturday = 6

interface Person {
  id: string
  /** Of the user's login. */
  headers?: { authorization: string }
}

type People = Map<Name, Person>
type Filling = Pick<Context, 'client' | 'clock' | 'config'>

/** Rules for trucks, and three months of bookings by the sample users, through the public API. */
export async function fillBookings(context: Filling): Promise<void> {
  const { api } = context.client<BookingsApi>('bookings')
  const { data: existing } = await api.bookings.get({ query: { limit: '1' } })
  if (!existing || existing.length > 0) return
  await api.policies.post(ofTrucks)
  const people = await findPeople(context)
  for (const one of planned) await book(context, people, one)
  if (context.config.SAMPLE_DATA !== 'quiet') await fillBusily(context, people)
}

/**
 * A past month, rooms, and people at work, each as themselves: some requests are pending, one
 * booking is checked out, one is late.
 */
async function fillBusily(context: Filling, people: People): Promise<void> {
  const { api } = context.client<BookingsApi>('bookings')
  await api.policies.post(ofRooms)
  for (const one of besides) await book(context, people, one)
  await logIn(context, people)
  for (const one of today) await begin(context, people, one)
  for (const one of requested) await book(context, people, one)
  const anna = people.get(series.name)
  if (!anna?.headers) return
  const { title, rule, ...first } = series
  const body = { title, rule, time_zone: context.config.TIME_ZONE, ...toBody(context, first) }
  await api.bookings.series.post(body, toSender(anna))
}

async function findPeople({ client }: Filling): Promise<People> {
  const { users } = client<UsersApi>('users').api
  const emails = names.map((name) => `${name}@sample.example`)
  const { data: found } = await users.lookup.post({ emails })
  return new Map(
    names.flatMap((name): [Name, Person][] => {
      const id = found?.find(({ email }) => email.startsWith(`${name}@`))?.user_id
      return id === undefined ? [] : [[name, { id }]]
    }),
  )
}

async function logIn(context: Filling, people: People): Promise<void> {
  for (const [name, person] of people) {
    const headers = await logInAs(context, name)
    if (headers) person.headers = headers
  }
}

async function logInAs({ client }: Filling, username: Name): Promise<Person['headers']> {
  const { login } = client<UsersApi>('users').api
  const { data } = await login.post({ username, password: 'campus-sample' })
  const tokens = data as Tokens | null
  return tokens ? { authorization: `Bearer ${tokens.access_token}` } : undefined
}

/** As the person once they are logged in; otherwise as the service, which is exempt from rules. */
async function book(
  context: Filling,
  people: People,
  { name, title, ...one }: Planned,
): Promise<void> {
  const person = people.get(name)
  if (!person) return
  const { api } = context.client<BookingsApi>('bookings')
  const body = { ...toBody(context, one), title, booked_for: person.id }
  await api.bookings.post(body, toSender(person))
}

/** Checks it out, and returns it if that is planned. */
async function begin(
  { client, clock }: Filling,
  people: People,
  { name, item, title, odometer, returned, ...span }: Started,
): Promise<void> {
  const person = people.get(name)
  if (!person) return
  const { bookings } = client<BookingsApi>('bookings').api
  const [from, to] = [span.from, span.to].map((at) =>
    new Date(clock() + at * minute_ms).toISOString(),
  ) as [string, string]
  const { data } = await bookings.post({ items: [item], from, to, title, booked_for: person.id })
  if (!data) return
  const { id } = data as Booking
  await bookings({ id }).check_out.post({ items: [{ odometer }] }, toSender(person))
  if (returned === undefined) return
  await bookings({ id }).return.post({ items: [{ odometer: returned }] }, toSender(person))
}

function toSender({ headers }: Person) {
  return headers ? { headers } : {}
}

function toBody(
  { clock, config }: Filling,
  { item, day, hour, hours }: Omit<Planned, 'name' | 'title'>,
) {
  const now = toLocal(clock(), config.TIME_ZONE)
  const date = now.toPlainDate().add({ days: day })
  const from = (item.type === ofRooms.type ? toWorkday(date) : date)
    .toPlainDateTime({ hour })
    .toZonedDateTime(config.TIME_ZONE)
  const [begin, end] = [from, from.add({ hours })].map((it) =>
    new Date(it.epochMilliseconds).toISOString(),
  )
  return { items: [item], from: begin ?? '', to: end ?? '' }
}

function toWorkday(date: Temporal.PlainDate): Temporal.PlainDate {
  return date.dayOfWeek < saturday ? date : date.add({ days: 8 - date.dayOfWeek })
}
