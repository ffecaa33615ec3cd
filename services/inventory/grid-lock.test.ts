import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import postgres from 'postgres'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { makePostgres } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'

// Two transactions that do not see each other: only PostgreSQL has those.
describe('a booking and a new grid, each not committed, in PostgreSQL', () => {
  let system: TestSystem
  let changer: postgres.Sql
  let booker: postgres.Sql
  let made = 0
  beforeAll(async () => {
    system = await startForTest(makePostgres)
    changer = postgres(system.databaseUrl, { max: 1, onnotice: () => {} })
    booker = postgres(system.databaseUrl, { max: 1, onnotice: () => {} })
  }, 30_000)
  afterAll(async () => {
    await Promise.all([changer.end(), booker.end()])
    await system.close()
  })

  async function make() {
    const name = `Locked ${++made}`
    const type = await system.send('POST', '/api/resource_types', { body: { name } })
    const { id } = (await type.json()) as ResourceType
    const body = { resource_type: name, name }
    const resource = (await (
      await system.send('POST', '/api/resources', { body })
    ).json()) as Resource
    return { name, type: id, resource: resource.id }
  }

  const changeGrid = ({ type }: { type: string }) => changer`
    UPDATE resource_types SET slot_seconds = 3600, slot_origin = '2000-01-01T00:00:00Z'
    WHERE id = ${type}`
  const book = (resource: string) => booker`
    INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
      allocation_type, description, dump, created, created_by)
    SELECT gen_random_uuid(), number, '2031-01-01T00:10:00Z', '2031-01-01T00:20:00Z',
      'booking', '', '{}', now(), 'by hand' FROM resources WHERE id = ${resource}`
  const outcome = (query: PromiseLike<unknown>) =>
    query.then(
      () => 'done',
      (error: unknown) => (error as Error).message,
    )
  // Long enough to get to where it waits; a test that is too fast is right all the same.
  const begun = () => Bun.sleep(200)

  it('refuses the booking if the grid came first', async () => {
    const { type, resource } = await make()
    await changer`BEGIN`
    await changeGrid({ type })
    const booked = outcome(book(resource))
    await begun()
    await changer`COMMIT`
    expect(await booked).toBe('allocation_grid')
  })

  it('refuses the grid if the booking came first', async () => {
    const { type, resource } = await make()
    await booker`BEGIN`
    await book(resource)
    const changed = outcome(changeGrid({ type }))
    await begun()
    await booker`COMMIT`
    expect(await changed).toBe('resource_type_grid')
  })

  it('refuses the grid even if the resource was not committed yet', async () => {
    const { name, type } = await make()
    await booker`BEGIN`
    const [resource] = await booker<{ id: string }[]>`
      INSERT INTO resources (id, resource_type, name, properties, created)
      VALUES (gen_random_uuid(), ${name}, 'new', '{}', now()) RETURNING id`
    const changed = outcome(changeGrid({ type }))
    await begun()
    await book(resource?.id ?? '')
    await booker`COMMIT`
    expect(await changed).toBe('resource_type_grid')
  })

  it('refuses to move a booking off the grid that came meanwhile', async () => {
    const { type, resource } = await make()
    const span = { from_datetime: '2031-01-01T00:00:00Z', to_datetime: '2031-01-01T01:00:00Z' }
    await system.send('POST', `/api/resources/${resource}/allocations`, { body: span })
    await changer`BEGIN`
    await changeGrid({ type })
    const moved = outcome(booker`
      UPDATE allocations SET from_datetime = from_datetime + interval '5 minutes'
      WHERE resource_number = (SELECT number FROM resources WHERE id = ${resource})`)
    await begun()
    await changer`COMMIT`
    expect(await moved).toBe('allocation_grid')
  })
})
