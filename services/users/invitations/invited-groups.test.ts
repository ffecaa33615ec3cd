import { expect, it } from 'bun:test'
import type { Group, GroupMember } from '../../../shared/schemas/group.ts'
import type { Invitation, MadeInvitation } from '../../../shared/schemas/invitation.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import { testPassword } from '../../testing/system.ts'
import { useSystem } from '../../testing/use-system.ts'

describeStores('the groups of an invitation', (makeDatabase) => {
  const { call } = useSystem(makeDatabase)
  let made = 0

  async function addGroup() {
    const { body } = await call<Group>('POST', '/api/groups', { body: { name: `Group ${++made}` } })
    return body.id
  }
  async function invite(groups: string[]) {
    const { body } = await call<MadeInvitation>('POST', '/api/invitations', { body: { groups } })
    return { invitation: body, token: tokenOf({ text: body.link ?? '' }) }
  }
  async function accept(token: string, given: object = {}) {
    const username = `guest${++made}`
    const account = { username, email: `${username}@test.example`, password: testPassword }
    const body = { token, ...account, ...given }
    return call<User & Problem>('POST', '/api/invitations/accept', { as: null, body })
  }
  const membersOf = async (group: string) => {
    const { body } = await call<GroupMember[]>('GET', `/api/groups/${group}/members`)
    return body.map(({ id, role }) => [id, role])
  }

  it('are joined on acceptance, and no others', async () => {
    const groups = [await addGroup(), await addGroup()]
    const other = await addGroup()
    const { invitation, token } = await invite(groups)
    expect(invitation.groups).toEqual(groups)
    const { body: pending } = await call<Invitation[]>('GET', '/api/invitations')
    const listed = pending.find(({ id }) => id === invitation.id)
    expect(listed?.groups.toSorted()).toEqual(groups.toSorted())
    const { status, body } = await accept(token)
    expect(status).toBe(201)
    for (const group of groups) expect(await membersOf(group)).toEqual([[body.id, 'member']])
    expect(await membersOf(other)).toEqual([])
    const bare = await invite([])
    expect(bare.invitation.groups).toEqual([])
    expect((await accept(bare.token)).status).toBe(201)
  })

  it('get one member however many accept, and none from a refusal', async () => {
    const group = await addGroup()
    const { token } = await invite([group])
    expect((await accept(token, { username: 'admin' })).status).toBe(409)
    expect(await membersOf(group)).toEqual([])
    const answers = await Promise.all(Array.from({ length: 6 }, () => accept(token)))
    const joined = answers.filter(({ status }) => status === 201)
    expect(await membersOf(group)).toEqual(joined.map(({ body }) => [body.id, 'member']))
    expect(joined).toHaveLength(1)
  }, 30_000)

  it('are skipped if removed before or during acceptance', async () => {
    const [kept, gone] = [await addGroup(), await addGroup()]
    const { token } = await invite([gone, kept])
    expect((await call('DELETE', `/api/groups/${gone}`)).status).toBe(204)
    const { status, body } = await accept(token)
    expect(status).toBe(201)
    expect(await membersOf(kept)).toEqual([[body.id, 'member']])
    for (let at = 0; at < 8; at++) {
      const group = await addGroup()
      const racing = await invite([group, kept])
      const [accepted, removed] = await Promise.all([
        accept(racing.token),
        call('DELETE', `/api/groups/${group}`),
      ])
      expect([accepted.status, removed.status]).toEqual([201, 204])
    }
    expect(await membersOf(kept)).toHaveLength(9)
  }, 60_000)

  it("must exist, be unique, and fit a user's limit", async () => {
    const group = await addGroup()
    const missing = '00000000-0000-4000-8000-000000000000'
    const answer = await call<Problem>('POST', '/api/invitations', {
      body: { groups: [group, missing] },
    })
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [expect.objectContaining({ pointer: '#/groups/1' })],
    ])
    const many = []
    for (let at = 0; at < 51; at++) many.push(await addGroup())
    for (const groups of [[group, group], ['crew'], group, many]) {
      expect((await call('POST', '/api/invitations', { body: { groups } })).status).toBe(422)
    }
    const { token } = await invite(many.slice(1))
    const { status, body } = await accept(token)
    expect(status).toBe(201)
    const credentials = { username: body.username, password: testPassword }
    const logIn = await call('POST', '/api/login', { as: null, body: credentials })
    expect(logIn.status).toBe(200)
    for (const each of many.slice(1)) expect(await membersOf(each)).toEqual([[body.id, 'member']])
  }, 60_000)
})
