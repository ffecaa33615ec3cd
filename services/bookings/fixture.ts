import { expect } from 'bun:test'
import type { Booking, NewBooking } from '../../shared/schemas/booking.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Group } from '../../shared/schemas/group.ts'
import type { Policy } from '../../shared/schemas/policy.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { User } from '../../shared/schemas/user.ts'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

/** One system for all tests of a file; each test uses its own resources and people. */
export function useBookings(
  makeDatabase: MakeDatabase,
  options: Parameters<typeof useSystem>[1] = {},
) {
  const { call, system } = useSystem(makeDatabase, options)
  let made = 0

  async function addResource(resource_type = 'Car'): Promise<string> {
    const body = { resource_type, name: `No. ${++made}` }
    return (await call<Resource>('POST', '/api/resources', { body })).body.id
  }

  return {
    call,
    system,
    addResource,
    /** Creates a type with a unique name. */
    addType: async (): Promise<string> => {
      const name = `Kind ${++made}`
      await call<ResourceType>('POST', '/api/resource_types', { body: { name } })
      return name
    },
    setPolicy: async (body: object): Promise<Policy> => {
      const made = await call<Policy>('POST', '/api/policies', { body })
      expect(made.status).toBe(201)
      return made.body
    },
    /** Creates a group with one member. */
    addGroup: async (member: string): Promise<string> => {
      const { body } = await call<Group>('POST', '/api/groups', { body: { name: `G ${++made}` } })
      const { id } = (await call<User>('GET', '/api/users/me', { as: member })).body
      const path = `/api/groups/${body.id}/members/${id}`
      expect((await call('PUT', path, { body: {} })).status).toBe(204)
      // Groups are part of the token.
      await system().refresh()
      return body.id
    },
    idOf: async (name: string) => (await call<User>('GET', '/api/users/me', { as: name })).body.id,
    book: (body: Partial<NewBooking>, as = 'anna', headers = {}) =>
      call<Booking & Omit<Problem, 'title'>>('POST', '/api/bookings', {
        body: { title: 'A visit', from: at('09:00'), to: at('11:00'), ...body },
        as,
        headers,
      }),
    /** The allocations inventory has of a resource. */
    allocationsOf: async (resource: string) =>
      (await call<Allocation[]>('GET', `/api/resources/${resource}/allocations`)).body,
  }
}

/** A time on 1 March 2027, a Monday. */
export const at = (time: string, day = 1) =>
  `2027-03-${String(day).padStart(2, '0')}T${time.padEnd(8, ':00')}.000Z`
