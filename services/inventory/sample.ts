import type { Context } from '../../shared/context.ts'
import type { InventoryApi } from './index.ts'
import { fillPhotos } from './sample-photos.ts'
import { day_ms, hour_ms } from '../../shared/duration.ts'

const rooms = [
  ['Oslo', 6],
  ['Lisbon', 12],
  ['Great hall', 80],
] as const

/** Adds sample data to an empty inventory, through its own API. */
export async function fillInventory({ client, clock, config }: Context): Promise<void> {
  const { resource_types, resources } = client<InventoryApi>('inventory').api
  const { cars, lorries, trucks, runways, launchpads } = client<InventoryApi>('inventory').api
  const { data: existing } = await cars.get({ query: { limit: '1' } })
  if (!existing || existing.length > 0) return
  await Promise.all([
    ...['Blue Skoda', 'Red Fiat', 'White van'].map((name) => cars.post({ name })),
    lorries.post({ name: 'Lorry 1', properties: { tonnes: 12 } }),
    trucks.post({ name: 'Truck 1', properties: { tonnes: 40 } }),
    runways.post({ name: '09L/27R', properties: { metres: 2400 } }),
    launchpads.post({ name: 'Pad A' }),
  ])
  if (config.SAMPLE_DATA !== 'quiet') {
    const seats = { type: 'integer' as const, title: 'Seats' }
    const property_schema = { properties: { seats } }
    await resource_types.post({ name: 'Meeting room', property_schema })
    for (const [name, count] of rooms) {
      const properties = { seats: count }
      await resources.post({ resource_type: 'Meeting room', name, properties })
    }
  }
  if (config.SAMPLE_DATA !== 'quiet') await fillPhotos({ client })
  const { data: car } = await cars.get({ query: { limit: '1' } })
  const id = car?.[0]?.id
  if (!id) return
  const morning = Math.ceil(clock() / day_ms) * day_ms + 9 * hour_ms
  const at = (hours: number) => new Date(morning + hours * hour_ms).toISOString()
  const bookings = cars({ id }).allocations
  await bookings.post({ from_datetime: at(0), to_datetime: at(3), description: 'Customer visit' })
  await bookings.post({
    from_datetime: at(24),
    to_datetime: at(48),
    allocation_type: 'maintenance',
    description: 'Inspection',
  })
}
