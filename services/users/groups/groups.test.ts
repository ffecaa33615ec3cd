import { expect, it } from 'bun:test'
import type { Group, GroupMember, GroupRole } from '../../../shared/schemas/group.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'

interface Wanted {
  role?: GroupRole
  as?: string
}

describeStores('groups', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  let made = 0

  const idOf = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body.id
  async function addGroup(name = `Group ${++made}`) {
    const { status, body } = await call<Group>('POST', '/api/groups', { body: { name } })
    expect(status).toBe(201)
    return `/api/groups/${body.id}`
  }
  async function set(group: string, user: string, { role, as = 'admin' }: Wanted = {}) {
    const path = `${group}/members/${await idOf(user)}`
    const answer = await call<Problem | null>('PUT', path, { body: role ? { role } : {}, as })
    return [answer.status, answer.body?.code]
  }
  const unset = async (group: string, user: string, as = 'admin') =>
    (await call('DELETE', `${group}/members/${await idOf(user)}`, { as })).status
  const membersOf = async (group: string, as = 'admin') => {
    const { body } = await call<GroupMember[]>('GET', `${group}/members`, { as })
    return body.map(({ display_name, role }) => `${display_name}: ${role}`)
  }
  const namesFor = async (as: string, query = '') => {
    const { body } = await call<Group[]>('GET', `/api/groups?${query}`, { as })
    return body.map(({ name }) => name)
  }

  it('are created, renamed and removed by administrators, each name once', async () => {
    const headers = { 'idempotency-key': 'crew' }
    const body = { name: 'Café Crew' }
    const first = await call<Group>('POST', '/api/groups', { body, headers })
    const again = await call<Group>('POST', '/api/groups', { body, headers })
    expect([first.status, again.status, again.body.id]).toEqual([201, 201, first.body.id])
    expect(first.body).toMatchObject({ name: 'Café Crew', role: null })
    const path = first.headers.get('location') ?? ''
    const taken = await call<Problem>('POST', '/api/groups', { body: { name: 'CAFE  crew' } })
    expect([taken.status, taken.body.code]).toEqual([409, 'group_name_taken'])
    const other = await addGroup()
    const rename = (to: string, ifMatch?: string) =>
      call<Problem>('PATCH', other, {
        body: { name: to },
        ...(ifMatch && { headers: { 'if-match': ifMatch } }),
      })
    expect((await rename('cafe crew')).status).toBe(409)
    expect((await rename('Night shift', '"v7"')).status).toBe(412)
    const renamed = await rename('Night shift', '"v1"')
    expect([renamed.status, renamed.headers.get('etag')]).toEqual([
      200,
      expect.stringMatching(/^"v2-/),
    ])
    for (const name of ['', ' ', '…', 'a\nb', 'a\u202eb', 'x'.repeat(81), 7]) {
      const { status } = await call('POST', '/api/groups', { body: { name } })
      expect([name, status]).toEqual([name, 422])
    }
    expect(await namesFor('admin', 'q=CAFÉ')).toEqual(['Café Crew'])
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('DELETE', path)).status).toBe(404)
    expect(await namesFor('admin', 'q=cafe')).toEqual([])
  })

  it('are visible to their members, and nobody else', async () => {
    const [mine, others] = [await addGroup('Mine'), await addGroup('Others')]
    expect(await set(mine, 'mia')).toEqual([204, undefined])
    expect(await set(others, 'otto')).toEqual([204, undefined])
    expect(await namesFor('mia')).toEqual(['Mine'])
    expect(await namesFor('mia', 'q=other')).toEqual([])
    expect(await namesFor('admin', 'mine=true')).toEqual([])
    expect(await set(mine, 'admin')).toEqual([204, undefined])
    expect(await namesFor('admin', 'mine=true')).toEqual(['Mine'])
    expect(await unset(mine, 'admin')).toBe(204)
    expect((await call<Group>('GET', mine, { as: 'mia' })).body.role).toBe('member')
    expect(await membersOf(mine, 'mia')).toEqual(['mia: member'])
    for (const path of [others, `${others}/members`]) {
      expect((await call('GET', path, { as: 'mia' })).status).toBe(404)
      expect((await call('GET', path, { as: null })).status).toBe(401)
    }
    expect(await set(others, 'mia', { role: 'member', as: 'mia' })).toEqual([
      404,
      'group_not_found',
    ])
    expect(await unset(others, 'otto', 'mia')).toBe(404)
  })

  it('gain and lose members by their managers, who appoint no others', async () => {
    const group = await addGroup()
    await set(group, 'manu', { role: 'manager' })
    await set(group, 'max', { role: 'manager' })
    expect(await set(group, 'nora', { as: 'manu' })).toEqual([204, undefined])
    expect(await set(group, 'nora', { as: 'manu' })).toEqual([204, undefined])
    for (const as of ['nora', 'manu']) {
      expect(await set(group, 'nora', { role: 'manager', as })).toEqual([403, 'forbidden'])
      expect(await set(group, 'max', { role: 'member', as })).toEqual([403, 'forbidden'])
      expect(await unset(group, 'max', as)).toBe(403)
      expect((await call('PATCH', group, { body: { name: 'Ours' }, as })).status).toBe(403)
      expect((await call('DELETE', group, { as })).status).toBe(403)
    }
    expect(await set(group, 'olaf', { as: 'nora' })).toEqual([403, 'forbidden'])
    expect(await membersOf(group)).toEqual(['manu: manager', 'max: manager', 'nora: member'])
    expect(await unset(group, 'nora', 'manu')).toBe(204)
    expect(await unset(group, 'nora', 'manu')).toBe(404)
    expect(await set(group, 'manu', { role: 'member' })).toEqual([204, undefined])
    expect(await set(group, 'nora', { as: 'manu' })).toEqual([403, 'forbidden'])
  })

  it('page by name, and lose removed accounts', async () => {
    const group = await addGroup()
    for (const name of ['pia', 'paul', 'petra']) await set(group, name)
    const first = await call<GroupMember[]>('GET', `${group}/members?limit=2`)
    const link = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await call<GroupMember[]>('GET', link)
    const seen = [...first.body, ...second.body].map(({ display_name }) => display_name)
    expect(seen).toEqual(['paul', 'petra', 'pia'])
    const id = await idOf('petra')
    expect((await call('DELETE', `/api/users/${id}`)).status).toBe(204)
    expect(await membersOf(group)).toEqual(['paul: member', 'pia: member'])
    const gone = await call<Problem>('PUT', `${group}/members/${id}`, { body: {} })
    expect([gone.status, gone.body.code]).toEqual([404, 'user_not_found'])
    const nowhere = await call<Problem>('PUT', `/api/groups/${id}/members/${id}`, { body: {} })
    expect([nowhere.status, nowhere.body.code]).toEqual([404, 'group_not_found'])
  })

  it('are at most 50 per user, however many requests come at once', async () => {
    const groups: string[] = []
    for (let at = 0; at < 53; at++) groups.push(await addGroup())
    const answers = await Promise.all(groups.map((group) => set(group, 'gregor')))
    const refused = answers.filter(([status]) => status !== 204)
    expect(refused).toEqual(Array.from({ length: 3 }, () => [409, 'too_many_groups']))
    const first = groups.find((_, at) => answers[at]?.[0] === 204) ?? ''
    // An existing membership takes no further place.
    expect(await set(first, 'gregor', { role: 'manager' })).toEqual([204, undefined])
    const url = system().databaseUrlOf('users')
    const extra = groups.find((_, at) => answers[at]?.[0] === 409) ?? ''
    const [group_id, user_id] = [extra.slice(-36), await idOf('gregor')]
    const add = changeByHand(url, membership(url, group_id, user_id))
    expect(await add.catch(String)).toContain('too_many_groups')
    expect(await namesFor('gregor', 'limit=200')).toHaveLength(50)
  }, 60_000)

  it('are removed while others join them, leaving no members behind', async () => {
    const group = await addGroup()
    const names = Array.from({ length: 8 }, (_, at) => `racer${at}`)
    for (const name of names) await idOf(name)
    const outcomes = await Promise.all([
      ...names.map(async (name) => (await set(group, name))[0]),
      call('DELETE', group).then(({ status }) => status),
    ])
    expect(outcomes.filter((status) => ![204, 404].includes(Number(status)))).toEqual([])
    for (const as of names) expect(await namesFor(as)).toEqual([])
  })

  it('log who changed what', async () => {
    const group = await addGroup()
    await set(group, 'sara', { role: 'manager' })
    await set(group, 'tom', { as: 'sara' })
    await unset(group, 'tom', 'sara')
    await call('PATCH', group, { body: { name: 'Recorded' } })
    await call('DELETE', group)
    const lines = system().logged().split('\n')
    const id = group.slice(-36)
    const own = lines.filter((line) => line.includes('"security"') && line.includes(id))
    const [sara, tom] = [await idOf('sara'), await idOf('tom')]
    expect(own.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: 'group_created' },
      { event: 'group_member_set', user: sara, role: 'manager' },
      { event: 'group_member_set', actor: sara, user: tom, role: 'member' },
      { event: 'group_member_removed', actor: sara, user: tom },
      { event: 'group_renamed' },
      { event: 'group_removed' },
    ])
    expect(own.join()).not.toContain('Recorded')
  })
})

/** An operator's SQL. */
function membership(url: string, group: string, user: string): string {
  const isPostgres = url.startsWith('postgres')
  const key = (id: string) => (isPostgres ? `'${id}'` : `unhex('${id.replaceAll('-', '')}')`)
  const now = isPostgres ? 'now()' : '0'
  return `INSERT INTO group_members (group_id, user_id, role, added)
    VALUES (${key(group)}, ${key(user)}, 'member', ${now})`
}
