import { hour_ms, minute_ms } from '../../shared/duration.ts'
import type { SlotGrid } from '../../shared/slot-grid.ts'

/** How resources of a type are booked. */
export interface BookableType {
  /** The name on the wire, as `resource_type`. */
  name: string
  /** Undefined: continuous, any span can be booked. */
  grid?: SlotGrid
  /** The service through which members book; undefined: they book here. */
  managedBy?: string
}

const epoch = Date.parse('2000-01-01T00:00:00Z')

/**
 * The types whose resources have a path of their own, by its segment: `/api/cars`. Each also has a
 * row in `resource_types`, inserted by a migration, which takes precedence.
 */
export const resourceTypes = {
  cars: { name: 'Car' },
  lorries: { name: 'Lorry' },
  trucks: { name: 'Truck' },
  runways: { name: 'Runway', grid: { length_ms: 15 * minute_ms, origin_ms: epoch } },
  launchpads: { name: 'Launchpad', grid: { length_ms: 6 * hour_ms, origin_ms: epoch } },
} as const satisfies Record<string, BookableType>
