import { beforeAll } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Group } from '../../../shared/schemas/group.ts'
import type { ResourceType } from '../../../shared/schemas/resource-type.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { User } from '../../../shared/schemas/user.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'
import { span } from './visibility-rows.ts'

/** A resource, and what is booked of it by somebody who sees it. */
export interface Subject {
  type: string
  name: string
  resource: string
  allocation: string
  hold: string
  insider: string
}

// Of `/api/resources`, one that has slots.
const typeOf: Record<string, string> = {
  cars: 'Car',
  lorries: 'Lorry',
  trucks: 'Truck',
  launchpads: 'Launchpad',
  openings: 'Lorry',
}

/** One system with a group, those in it, and resources that only they see. */
export function useVisibility(makeDatabase: MakeDatabase) {
  const { call, system } = useSystem(makeDatabase)
  let group = ''
  let made = 0
  const sees = new Set<string>()
  beforeAll(async () => {
    const { body } = await call<Group>('POST', '/api/groups', { body: { name: 'Board' } })
    group = body.id
  })

  const idOf = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body.id
  const pathOf = async (as: string) => `/api/groups/${group}/members/${await idOf(as)}`

  async function join(as: string): Promise<void> {
    await call('PUT', await pathOf(as), { body: {} })
    sees.add(as)
    await system().refresh()
  }

  async function leave(as: string): Promise<void> {
    await call('DELETE', await pathOf(as))
    sees.delete(as)
    await system().refresh()
  }

  /** A resource; by default only the group sees it. */
  async function add(
    resource_type: string,
    visible_to: string[] | null = [group],
    name = `Secret ${++made}`,
  ) {
    const body = { resource_type, name, visible_to, properties: { secret: true } }
    return (await call<Resource>('POST', '/api/resources', { body })).body
  }

  const book = async (id: string, body: object, as = 'inside') =>
    (await call<Allocation>('POST', `/api/resources/${id}/allocations`, { body, as })).body

  async function addSubject(segment: string, visible_to?: null): Promise<Subject> {
    const {
      id: resource,
      name,
      resource_type: type,
    } = await add(typeOf[segment] ?? 'Runway', visible_to)
    const { id: allocation, created_by: insider } = await book(resource, span(6, 12))
    const { id: hold } = await book(resource, { ...span(12, 18), hold_for: 'PT15M' })
    return { type, name, resource, allocation, hold, insider }
  }

  /** A type of its own. */
  async function addType(): Promise<string> {
    const property_schema = { properties: { secret: { type: 'boolean' } } }
    const body = { name: `Type ${++made}`, kind: 'continuous', property_schema }
    return (await call<ResourceType>('POST', '/api/resource_types', { body })).body.name
  }

  return { call, system, group: () => group, join, leave, add, book, addSubject, addType }
}
