import type { NewAllocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { logIn, type Requester } from './requester.ts'
import { adminPassword, samplePassword } from './stage.ts'
import { hour_ms } from '../../shared/duration.ts'

/** The day to fill: tomorrow, like the sample data. */
export const busyDay = new Date(Math.ceil(Date.now() / (24 * hour_ms)) * 24 * hour_ms)

/** Fills a day with every kind of booking: own, another's, out of service, without an end. */
export async function fillCalendar(url: string): Promise<void> {
  const admin = await logIn(url, 'admin', adminPassword)
  const anna = await logIn(url, 'anna', samplePassword)
  const at = (hours: number) => new Date(busyDay.getTime() + hours * hour_ms).toISOString()
  const span = (from: number, to: number) => ({ from_datetime: at(from), to_datetime: at(to) })
  const out = { allocation_type: 'maintenance' }
  const bookings: [Requester, path: string, NewAllocation][] = [
    [anna, 'cars', { ...span(12.5, 15), description: 'Site visit' }],
    [anna, 'lorries', { ...span(7, 11), description: 'Delivery' }],
    [admin, 'lorries', { ...span(12, 14), description: 'Return trip' }],
    [admin, 'trucks', { ...span(8, 20), ...out, description: 'Engine' }],
    [anna, 'runways', { ...span(9, 9.75), description: 'Glider club' }],
    [admin, 'runways', { ...span(10, 11.5), ...out, description: 'Sweeping' }],
    [admin, 'launchpads', { ...span(6, 12), description: 'Static fire' }],
    // None of the resources in the sample data is free without end.
    [
      admin,
      'launchpads',
      { from_datetime: at(12), to_infinity: true, ...out, description: 'Dome' },
    ],
  ]
  for (const [request, type, booking] of bookings) {
    const [first] = (await (await request(`/api/${type}`)).json()) as Resource[]
    const made = await request(`/api/${type}/${first?.id}/allocations`, booking)
    if (!made.ok) throw new Error(`${type}: ${await made.text()}`)
  }
}
