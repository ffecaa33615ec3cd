import { expect, it } from 'bun:test'
import type { Policy, PolicyVerdict } from '../../shared/schemas/policy.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

describeStores('a draft of a policy', (makeDatabase) => {
  const { call, addResource, addType, book, addGroup, setPolicy } = useBookings(makeDatabase)
  const attempt = (body: object) =>
    call<PolicyVerdict & Problem>('POST', '/api/policies/trial', {
      body: { from: at('09:00'), to: at('11:00'), rules: {}, ...body },
    })
  const outcome = async (body: object) => (await attempt(body)).body.outcome

  it('is tried on a booking, and changes nothing', async () => {
    const type = await addType()
    await addResource(type)
    const rules = { maximum_duration: 'PT1H', approval: { when: 'always' } }
    const { status, body } = await attempt({ type, rules })
    expect(status).toBe(200)
    expect(body.outcome).toBe('refused')
    expect(body.rules).toEqual([
      { rule: 'maximum_duration', detail: 'Book it for at most 1 hour.', length: 'PT1H' },
    ])
    expect(body.nearest).toEqual({ from: at('09:00'), to: at('10:00') })
    expect(await outcome({ type, rules, to: at('10:00') })).toBe('requested')
    expect(await outcome({ type })).toBe('confirmed')
    const { body: all } = await call<Policy[]>('GET', '/api/policies')
    expect(all.filter((policy) => policy.type === type)).toEqual([])
    expect((await book({ items: [{ type }] })).body.state).toBe('confirmed')
  })

  it('stands in for the one in force, and leaves the rest to the others', async () => {
    const type = await addType()
    const resource_id = await addResource(type)
    await setPolicy({ type, rules: { maximum_duration: 'PT1H', approval: { when: 'always' } } })
    expect(await outcome({ type })).toBe('confirmed')
    const one = { resource_id, resource_type: type }
    expect(await outcome(one)).toBe('refused')
    const rules = { maximum_duration: 'PT8H' }
    expect(await outcome({ ...one, rules })).toBe('requested')
    expect(await outcome({ resource_id, rules })).toBe('confirmed')
  })

  it('is judged as for a member of given groups', async () => {
    const group = await addGroup('anna')
    const rules = { rights: [{ group, may: 'book' }] }
    expect(await outcome({ rules })).toBe('refused')
    expect(await outcome({ rules, groups: [group] })).toBe('confirmed')
  })

  it('is refused as it would be if it was set', async () => {
    const { status, body } = await attempt({ rules: { granularity: 'PT7M' } })
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ pointer: '#/rules/granularity' }])
    expect((await attempt({ to: at('09:00') })).body.code).toBe('empty_span')
    expect((await attempt({ from: 'soon' })).status).toBe(422)
  })
})
