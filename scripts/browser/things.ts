import type { Booking } from '../../shared/schemas/booking.ts'
import type { CreatedDisplay } from '../../shared/schemas/display.ts'
import type { Group } from '../../shared/schemas/group.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { User } from '../../shared/schemas/user.ts'
import { logIn } from './requester.ts'
import { adminPassword } from './stage.ts'

/** Addresses of detail pages. */
export interface Things {
  booking: string
  series: string
  code: string
  display: string
}

const made = new Map<string, Promise<Things>>()

/** Adds one of everything that the sample data lacks, so that no page is empty; once per system. */
export function addThings(url: string): Promise<Things> {
  const things = made.get(url) ?? add(url)
  made.set(url, things)
  return things
}

async function add(url: string): Promise<Things> {
  const admin = await logIn(url, 'admin', adminPassword)
  const ask = async <T>(path: string, body?: object, method?: string): Promise<T> => {
    const answer = await admin(path, body, method)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${text}`)
    return (text && JSON.parse(text)) as T
  }
  const [anna] = await ask<User[]>('/api/users?q=anna')
  const group = await ask<Group>('/api/groups', { name: 'Drivers' })
  await ask(`/api/groups/${group.id}/members/${anna?.id}`, {}, 'PUT')
  const shown = { name: 'Cars at the gate', type: 'Car', with_names: true }
  const display = await ask<CreatedDisplay>('/api/displays', shown)
  await ask('/api/webhooks', { url: 'https://example.com/hook', events: ['booking.*'] })
  await ask('/api/api_keys', { name: 'The crane', scopes: ['inventory:read'] })
  await ask('/api/calendars', { name: 'My bookings' })
  const [car] = await ask<Resource[]>('/api/cars?limit=1')
  const times = { from: '2031-03-03T07:00:00Z', to: '2031-03-03T08:00:00Z', time_zone: 'UTC' }
  const weekly = { items: [{ type: 'Lorry' }], rule: 'FREQ=WEEKLY;COUNT=5', ...times }
  const series = await ask<{ id: string }>('/api/bookings/series', { title: 'Post', ...weekly })
  const [booking] = await ask<Booking[]>('/api/bookings?limit=1')
  const code = await (await admin(`/api/qr_codes/${car?.id}`)).text()
  return {
    booking: `/bookings/${booking?.id}`,
    series: `/bookings/series/${series.id}`,
    code: `/r/${/>([0-9A-Z]{5}-[0-9A-Z]{5})</.exec(code)?.[1]}`,
    display: new URL(display.url, url).pathname,
  }
}
