import { expect, it } from 'bun:test'
import type { User } from '../../../shared/schemas/user.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useOidc } from './fixture.ts'

describeStores('sign-ins that claim too much', (makeDatabase) => {
  const { call, change, events, me, person, refuses, signIn, system, verifyByHand } =
    useOidc(makeDatabase)

  it('with an address that is unverified, there or here', async () => {
    const unverified = [403, 'address_unverified', 'address_unverified']
    expect(await refuses({}, person({ email_verified: false }))).toEqual(unverified)
    expect(await refuses({}, person({ email_verified: 'yes' }))).toEqual(unverified)
    const { email_verified: _, ...silent } = person()
    expect(await refuses({}, silent)).toEqual(unverified)
    const { email: _email, ...nowhere } = person()
    expect(await refuses({}, nowhere)).toEqual(unverified)
    // Somebody signed up with another's address: what they set up is not handed over.
    await system().tokenOf('kai')
    const kai = person({ email: 'kai@test.example' })
    expect(await refuses({}, kai)).toEqual([
      409,
      'account_address_unverified',
      'account_address_unverified',
    ])
    await verifyByHand('kai')
    expect((await signIn(kai)).status).toBe(200)
  })

  it('with an address that another user had at the provider', async () => {
    await system().tokenOf('leo')
    await verifyByHand('leo')
    const leo = person({ email: 'leo@test.example' })
    const first = await signIn(leo)
    const successor = { ...leo, sub: 'somebody new' }
    expect(await refuses({}, successor)).toEqual([409, 'identity_taken', 'identity_taken'])
    // An administrator confirms that it is the same person.
    const { id } = await me(first.body)
    expect((await call('DELETE', `/api/identity_providers/acme/users/${id}`)).status).toBe(204)
    expect((await me((await signIn(successor)).body)).id).toBe(id)
    expect(
      (await call('DELETE', `/api/identity_providers/acme/users/${id}`, { as: 'mia' })).status,
    ).toBe(403)
  })

  it('into an account that is disabled', async () => {
    const nia = person()
    const { id } = await me((await signIn(nia)).body)
    const disable = (disabled: boolean) => call('PATCH', `/api/users/${id}`, { body: { disabled } })
    await disable(true)
    expect(await refuses({}, nia)).toEqual([403, 'account_disabled', 'account_disabled'])
    await disable(false)
    expect((await signIn(nia)).status).toBe(200)
  })

  it('by a group whose name looks like the id of one, or like a role', async () => {
    const { id } = (await call<{ id: string }>('POST', '/api/groups', { body: { name: 'Board' } }))
      .body
    const other = (await call<{ id: string }>('POST', '/api/groups', { body: { name: 'Staff' } }))
      .body
    await change({ group_mappings: [{ value: 'staff', group_id: other.id }] })
    const { body } = await signIn(
      person({ groups: [id, 'Board', 'admin', 'STAFF', { value: 'staff' }] }),
    )
    expect((await me(body)).role).toBe('member')
    expect((await call('GET', `/api/groups/${id}/members`)).body).toEqual([] as never)
    expect((await call('GET', `/api/groups/${other.id}/members`)).body).toEqual([] as never)
    await change({ group_mappings: [] })
  })

  it('that would put somebody into more groups than a token holds', async () => {
    const who = person()
    const { id: userId } = await me((await signIn(who)).body)
    const make = async (name: string) =>
      (await call<{ id: string }>('POST', '/api/groups', { body: { name } })).body.id
    for (let at = 0; at < 49; at++) {
      const path = `/api/groups/${await make(`Group ${at}`)}/members/${userId}`
      await call('PUT', path, { body: {} })
    }
    const two = [await make('One too many'), await make('Two too many')]
    await change({ group_mappings: two.map((group_id) => ({ value: 'all', group_id })) })
    const { status, body } = await signIn({ ...who, groups: ['all'] })
    expect(status).toBe(200)
    const headers = { authorization: `Bearer ${body.access_token}` }
    const { body: groups } = await call<object[]>('GET', '/api/groups?limit=200', {
      as: null,
      headers,
    })
    expect(groups).toHaveLength(50)
    await change({ group_mappings: [] })
  })

  it('that would take the last administrator away', async () => {
    const { body: admin } = await call<User>('GET', '/api/users/me')
    await verifyByHand('admin')
    await change({ group_mappings: [{ value: 'it', role: 'admin' }] })
    const root = person({ email: admin.email, groups: [] })
    const { body } = await signIn(root)
    expect((await me(body)).role).toBe('admin')
    const kept = await events('last_administrator_kept')
    expect(kept[0]).toMatchObject({ user_id: admin.id, detail: { provider: 'acme' } })
    // With another one, the claim is followed.
    await signIn(person({ groups: ['it'] }))
    expect((await me((await signIn(root)).body)).role).toBe('member')
    await changeByHand(
      system().databaseUrlOf('users'),
      `UPDATE users SET role = 'admin' WHERE username_key = 'admin'`,
    )
    await change({ group_mappings: [] })
  })
})
