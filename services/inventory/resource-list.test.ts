import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Group } from '../../shared/schemas/group.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { User } from '../../shared/schemas/user.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useInventory } from './fixture.ts'

setDefaultTimeout(60_000)

describeStores('a list of resources that was read before', (makeDatabase) => {
  const { call, system } = useInventory(makeDatabase)
  const list = async (path: string, as = 'admin') =>
    (await call<Resource[]>('GET', path, { as })).body
  const namesOf = async (path: string, as?: string) =>
    (await list(path, as)).map(({ name }) => name)
  const add = async (path: string, body: object) =>
    (await call<Resource>('POST', path, { body })).body

  it('shows every change at once: of a resource, by hand, and that it is retired', async () => {
    const car = await add('/api/cars', { name: 'Kept' })
    expect(await namesOf('/api/cars')).toEqual(['Kept'])
    await call('PATCH', `/api/cars/${car.id}`, { body: { name: 'Renamed' } })
    expect(await namesOf('/api/cars')).toEqual(['Renamed'])
    await changeByHand(system().databaseUrl, "UPDATE resources SET note = 'by hand'")
    expect((await list('/api/cars'))[0]?.note).toBe('by hand')
    await call('DELETE', `/api/cars/${car.id}`)
    expect(await namesOf('/api/cars')).toEqual([])
    expect(await namesOf('/api/resources?retired=true')).toContain('Renamed')
  })

  it('shows each what they may see, whoever read it before', async () => {
    const { body: board } = await call<Group>('POST', '/api/groups', { body: { name: 'Board' } })
    const { body: other } = await call<Group>('POST', '/api/groups', { body: { name: 'Others' } })
    const visible_to = [board.id, other.id]
    await add('/api/trucks', { name: 'Open' })
    await add('/api/trucks', { name: 'Secret', visible_to })
    const { id } = (await call<User>('GET', '/api/users/me', { as: 'insider' })).body
    await call('PUT', `/api/groups/${board.id}/members/${id}`, { body: {} })
    await system().refresh()

    for (const _ of ['first', 'again']) {
      expect(await namesOf('/api/trucks')).toEqual(['Open', 'Secret'])
      expect(await namesOf('/api/trucks', 'outsider')).toEqual(['Open'])
      const [, secret] = await list('/api/trucks', 'insider')
      expect(secret).toMatchObject({ name: 'Secret', visible_to: [board.id] })
      expect((await list('/api/trucks'))[1]?.visible_to?.toSorted()).toEqual(visible_to.toSorted())
    }
    await call('DELETE', `/api/groups/${board.id}/members/${id}`)
    await system().refresh()
    expect(await namesOf('/api/trucks', 'insider')).toEqual(['Open'])
  })

  it('is as long as asked for', async () => {
    for (const name of ['a', 'b', 'c']) await add('/api/lorries', { name })
    for (const _ of ['first', 'again']) {
      expect(await namesOf('/api/lorries?limit=2')).toEqual(['a', 'b'])
      expect(await namesOf('/api/lorries')).toEqual(['a', 'b', 'c'])
      expect(await namesOf('/api/resources?type=Lorry&limit=1')).toEqual(['a'])
    }
  })
})
