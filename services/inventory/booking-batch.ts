import { createBatch, type DailyShare, type StoredResponse } from '@campus/store/batch.ts'
import { insertInto } from '@campus/store/insert.ts'
import type { Store } from '@campus/store/store.ts'
import type { toRow } from './booking.ts'
import { stampBuffers } from './buffers.ts'
import type { InventoryTables } from './tables.ts'

interface Booking {
  row: ReturnType<typeof toRow>
  /** Of a restricted resource: the version in which the caller may see and book it. */
  version: number | undefined
  response: StoredResponse | undefined
  share: DailyShare | undefined
}

/**
 * Writes bookings, many in one commit. A resource that everybody may see and book is not read
 * first. Any other one must have the version in which the caller was found to see it, so that its
 * visibility cannot have changed.
 */
export function createBookingBatch(store: Store, { allocations }: InventoryTables) {
  const stamp = stampBuffers(store.columns)
  const common = {
    leave: ['version'],
    compute: { ...stamp.compute, resource_number: 'r.number' },
    from: `input i JOIN resources r ON r.id = i.resource_id ${stamp.join}`,
    constraint: 'allocation_overlap',
    countedBy: 'created_by',
    order: 'r.number, i.from_datetime',
  } as const
  const isInService = 'r.resource_type = i.resource_type AND r.decommissioned IS NULL'
  const open = createBatch(
    store,
    insertInto(allocations, {
      ...common,
      given: { resource_id: 'id', resource_type: 'text', ...stamp.given },
      where: `${isInService} AND r.visible_to IS NULL AND t.managed_by IS NULL`,
    }),
  )
  const restricted = createBatch(
    store,
    insertInto(allocations, {
      ...common,
      given: {
        resource_id: 'id',
        resource_type: 'text',
        resource_version: 'integer',
        ...stamp.given,
      },
      where: `${isInService} AND r.version = i.resource_version`,
    }),
  )

  /** @returns false when it lost, as `Batch` says */
  function add({ row, version, response, share }: Booking): Promise<boolean> {
    if (version === undefined) return open.add(row, response, share)
    return restricted.add({ ...row, resource_version: version }, response, share)
  }

  return { add }
}
