import type { Context } from '../../shared/context.ts'
import { toDay } from '../../shared/daily-limit.ts'
import type { PolicyRules } from '../../shared/schemas/policy.ts'
import type { UsersApi } from '../users/index.ts'
import type { BookingsApi } from './index.ts'

const hour_ms = 60 * 60 * 1000
const day_ms = 24 * hour_ms

// Cars have none: members book them on the timeline as well.
const policies: { type: string; rules: PolicyRules }[] = [
  {
    type: 'Truck',
    rules: {
      minimum_duration: 'PT1H',
      maximum_duration: 'P7D',
      granularity: 'PT30M',
      maximum_ahead: 'P180D',
      approval: { when: 'longer_than', duration: 'P1D' },
      quotas: [{ per: 'week', hours: 60 }],
      cancel_until: 'PT2H',
    },
  },
]

/** Who, what, in how many days, at what hour, for how many hours, and what for. */
const samples = [
  ['anna', 'Car', 1, 9, 3, 'Visit to a customer in Kassel'],
  ['ben', 'Car', 1, 13, 4, 'Site inspection'],
  ['anna', 'Truck', 2, 7, 9, 'Fair stand to Hanover'],
  ['ben', 'Lorry', 3, 6, 10, 'Moving the archive'],
  ['anna', 'Lorry', 8, 7, 6, 'Furniture for the new office'],
  ['ben', 'Truck', 9, 8, 8, 'Deliveries, northern round'],
  ['ben', 'Truck', 16, 8, 8, 'Deliveries, southern round'],
  ['anna', 'Truck', 23, 7, 10, 'Fair stand back from Hanover'],
  ['anna', 'Lorry', 37, 6, 12, 'Stage for the summer party'],
  ['ben', 'Truck', 51, 8, 8, 'Deliveries, northern round'],
  ['ben', 'Lorry', 65, 7, 5, 'Recycling centre'],
  ['anna', 'Truck', 80, 7, 9, 'Fair stand to Berlin'],
] as const

/** Rules for trucks, and three months of bookings of the sample users, through the front door. */
export async function fillBookings({
  client,
  clock,
}: Pick<Context, 'client' | 'clock'>): Promise<void> {
  const { api } = client<BookingsApi>('bookings')
  const { data: existing } = await api.bookings.get({ query: { limit: '1' } })
  if (!existing || existing.length > 0) return
  const emails = ['anna@sample.example', 'ben@sample.example']
  const { data: owners } = await client<UsersApi>('users').api.users.lookup.post({ emails })
  for (const policy of policies) await api.policies.post(policy)
  const tomorrow = (toDay(clock()) + 1) * day_ms
  for (const [name, type, day, hour, hours, title] of samples) {
    const owner = owners?.find(({ email }) => email.startsWith(`${name}@`))
    if (!owner) continue
    const from = tomorrow + day * day_ms + hour * hour_ms
    await api.bookings.post({
      items: [{ type }],
      from: new Date(from).toISOString(),
      to: new Date(from + hours * hour_ms).toISOString(),
      title,
      booked_for: owner.user_id,
    })
  }
}
