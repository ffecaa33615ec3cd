import type { Context } from '../../shared/context.ts'
import { toDay } from '../../shared/daily-limit.ts'
import type { UsersApi } from '../users/index.ts'
import type { BookingsApi } from './index.ts'

const hour_ms = 60 * 60 * 1000

const samples = [
  ['anna', 'Car', 1, 9, 3, 'Visit to a customer in Kassel'],
  ['anna', 'Truck', 2, 7, 9, 'Fair stand to Hanover'],
  ['ben', 'Car', 1, 13, 4, 'Site inspection'],
  ['ben', 'Lorry', 3, 6, 10, 'Moving the archive'],
] as const

/** Some bookings of the sample users, through the front door. */
export async function fillBookings({
  client,
  clock,
}: Pick<Context, 'client' | 'clock'>): Promise<void> {
  const { bookings } = client<BookingsApi>('bookings').api
  const { data: existing } = await bookings.get({ query: { limit: '1' } })
  if (!existing || existing.length > 0) return
  const emails = ['anna@sample.example', 'ben@sample.example']
  const { data: owners } = await client<UsersApi>('users').api.users.lookup.post({ emails })
  const today = (toDay(clock()) + 1) * 24 * hour_ms
  for (const [name, type, day, hour, hours, title] of samples) {
    const owner = owners?.find(({ email }) => email.startsWith(`${name}@`))
    if (!owner) continue
    const from = today + (day * 24 + hour) * hour_ms
    await bookings.post({
      items: [{ type }],
      from: new Date(from).toISOString(),
      to: new Date(from + hours * hour_ms).toISOString(),
      title,
      booked_for: owner.user_id,
    })
  }
}
