import { expect, it } from 'bun:test'
import type { Policy } from '../../shared/schemas/policy.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useBookings } from './fixture.ts'

const path = '/api/policies'

describeStores('policies as members see them', (makeDatabase) => {
  const { call, addResource, addGroup, setPolicy } = useBookings(makeDatabase)

  const listed = async (as: string, query = 'limit=200') =>
    (await call<Policy[]>('GET', `${path}?${query}`, { as })).body
  const hide = (resource: string, visible_to: string[]) =>
    call('PATCH', `/api/resources/${resource}`, { body: { visible_to } })

  it('omit hidden resources, in force or not', async () => {
    const group = await addGroup('anna')
    const resource = await addResource()
    const first = await setPolicy({ resource_id: resource, rules: { maximum_duration: 'P1D' } })
    const second = await setPolicy({ resource_id: resource, rules: { maximum_duration: 'P2D' } })
    await hide(resource, [group])
    const nowhere = '01a1fe45-0000-7000-8000-000000000000'
    for (const [as, seen] of [
      ['anna', true],
      ['admin', true],
      ['bert', false],
    ] as const) {
      const ids = new Set((await listed(as, 'limit=200&ended=true')).map(({ id }) => id))
      expect([as, ids.has(first.id), ids.has(second.id)]).toEqual([as, seen, seen])
      const one = await call<Problem>('GET', `${path}/${second.id}`, { as })
      expect([as, one.status]).toEqual([as, seen ? 200 : 404])
      const none = await call<Problem>('GET', `${path}/${nowhere}`, { as })
      if (!seen) expect([none.status, none.body.code]).toEqual([404, one.body.code])
    }
    const text = JSON.stringify(await listed('bert', 'limit=200&ended=true'))
    expect(text).not.toContain(resource)
    expect(text).not.toContain(group)
  })

  it('name no group but their own', async () => {
    const [own, other] = [await addGroup('anna'), await addGroup('bert')]
    const rights = [
      { group: null, may: 'request' },
      { group: own, may: 'book' },
      { group: other, may: 'manage' },
    ]
    const approval = { when: 'always', groups: [own, other], decide_within: 'P1D' }
    const { id } = await setPolicy({ rules: { rights, approval, granularity: 'PT5M' } })
    const rulesFor = async (as: string) => {
      const { rules } = (await call<Policy>('GET', `${path}/${id}`, { as })).body
      expect((await listed(as)).find((policy) => policy.id === id)?.rules).toEqual(rules)
      return rules
    }
    expect(await rulesFor('admin')).toEqual({ rights, approval, granularity: 'PT5M' } as never)
    expect(await rulesFor('anna')).toEqual({
      rights: rights.slice(0, 2),
      approval: { ...approval, groups: [own] },
      granularity: 'PT5M',
    } as never)
    expect(JSON.stringify(await rulesFor('carl'))).not.toMatch(new RegExp(`${own}|${other}`))
    await call('DELETE', `${path}/${id}`)
  })
})
