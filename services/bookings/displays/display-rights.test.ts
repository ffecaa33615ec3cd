import { expect, it, setDefaultTimeout } from 'bun:test'
import type { CreatedDisplay, Display, DisplayNow } from '../../../shared/schemas/display.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { fromNow } from '../handover/fixture.ts'

setDefaultTimeout(60_000)

// Advanced beyond the shared response.
let ahead_ms = 0

describeStores("the rights of a display's maker", (makeDatabase) => {
  const clock = () => Date.now() + ahead_ms
  const tools = useBookings(makeDatabase, { clock })
  const { call, system, book, addResource, addType, addGroup, setPolicy, idOf } = tools

  const make = async (body: object, as: string) => {
    const wish = { name: 'At the gate', ...body }
    const { status, body: made } = await call<CreatedDisplay>('POST', '/api/displays', {
      body: wish,
      as,
    })
    expect(status).toBe(201)
    return made
  }
  async function look({ url }: CreatedDisplay): Promise<DisplayNow['resources']> {
    ahead_ms += 3001
    const path = `/api/displays/now/${url.split('/').at(-1)}`
    return (await call<DisplayNow>('GET', path, { as: null })).body.resources
  }
  const titles = async (display: CreatedDisplay) =>
    (await look(display)).map(({ next }) => [next?.title ?? null, next?.person ?? null])
  const names = async (display: CreatedDisplay) => (await look(display)).map(({ name }) => name)
  async function reserve(title: string, ids: string[]) {
    const items = ids.map((resource_id) => ({ resource_id }))
    const made = await book({ items, title, from: fromNow(5), to: fromNow(6) }, 'bert')
    expect(made.status).toBe(201)
  }
  const nameOf = async (id: string) =>
    (await call<{ name: string }>('GET', `/api/resources/${id}`)).body.name
  const change = async (name: string, body: object) => {
    const path = `/api/users/${await idOf(name)}`
    expect((await call<User>('PATCH', path, { body })).status).toBe(200)
  }
  const membership = async (method: string, group: string, member: string) => {
    const path = `/api/groups/${group}/members/${await idOf(member)}`
    const body = method === 'PUT' ? {} : undefined
    expect((await call(method, path, { body })).status).toBe(204)
  }
  /** Since when the list says that it shows less, in milliseconds. */
  async function sinceOf({ id }: CreatedDisplay, as = 'admin'): Promise<number | null> {
    const { body } = await call<Display[]>('GET', '/api/displays', { as })
    const since = body.find((it) => it.id === id)?.withheld_since
    return since === null ? null : Date.parse(since ?? '')
  }
  const rights = (group: string) => ({
    rights: [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ],
  })

  it('are current: titles only of what they manage, and while they do', async () => {
    const type = await addType()
    const [first, second, third] = [
      await addResource(type),
      await addResource(type),
      await addResource(type),
    ]
    const mias = await addGroup('mia')
    await setPolicy({ type, rules: rights(mias) })
    const display = await make({ type, with_names: true }, 'mia')
    await reserve('A fair', [first])
    await reserve('A trial', [second, third])
    const named = expect.stringMatching(/bert/i)
    const trial = ['A trial', named]
    expect(await titles(display)).toEqual([['A fair', named], trial, trial])
    expect(await sinceOf(display)).toBeNull()

    // A booking of both shows no more than its maker may see of each.
    await setPolicy({ resource_id: third, rules: rights(await addGroup('nils')) })
    const shown = await look(display)
    expect(shown.map(({ next }) => next?.title)).toEqual(['A fair', undefined, undefined])
    expect(shown[2]?.next).toEqual({ from: fromNow(5), to: fromNow(6) })
    expect(JSON.stringify(shown)).not.toContain('A trial')
    // Its maker is told as well, and the time stays that of the first who noticed.
    const since = await sinceOf(display, 'mia')
    expect(since).toBeWithin(clock() - 3001, clock() + 1)

    await membership('DELETE', mias, 'mia')
    expect(await titles(display)).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ])
    expect(await sinceOf(display)).toBe(since)
    await membership('PUT', mias, 'mia')
    expect((await titles(display))[0]).toEqual(['A fair', named])
    expect(await sinceOf(display)).toBe(since)
    await setPolicy({ resource_id: third, rules: rights(mias) })
    expect(await titles(display)).toEqual([['A fair', named], trial, trial])
    expect(await sinceOf(display)).toBeNull()
  })

  it('show a hidden resource while they manage it, and none that is hidden later', async () => {
    const type = await addType()
    const [hidden, plain, other] = [
      await addResource(type),
      await addResource(type),
      await addResource(type),
    ]
    const group = await addGroup('olga')
    await setPolicy({ type, rules: rights(group) })
    const hide = async (id: string, visible_to: string[] | null) => {
      const path = `/api/resources/${id}`
      expect((await call('PATCH', path, { body: { visible_to } })).status).toBe(200)
    }
    await hide(hidden, [group])
    const display = await make({ resource_ids: [other, hidden, plain] }, 'olga')
    const [hiddenName, plainName, otherName] = [
      await nameOf(hidden),
      await nameOf(plain),
      await nameOf(other),
    ]
    expect(await names(display)).toEqual([hiddenName, plainName, otherName].toSorted())
    const both = [hiddenName, otherName].toSorted()
    await hide(plain, [group])
    expect(await names(display)).toEqual(both)
    // What is hidden later was not chosen by who named it then: no right of theirs ended.
    expect(await sinceOf(display)).toBeNull()
    await membership('DELETE', group, 'olga')
    expect(await names(display)).toEqual([otherName])
    expect(await sinceOf(display)).toBeNumber()
    await membership('PUT', group, 'olga')
    expect(await names(display)).toEqual(both)
    expect(await sinceOf(display)).toBeNull()
    await setPolicy({ resource_id: hidden, rules: rights(await addGroup('nils')) })
    expect(await names(display)).toEqual([otherName])
    expect(await sinceOf(display)).toBeNumber()
    await hide(hidden, null)
    expect(await names(display)).toEqual(both)
    expect(await sinceOf(display)).toBeNull()
    await hide(hidden, [group])
    expect((await call('DELETE', `/api/resources/${hidden}`)).status).toBe(204)
    expect(await names(display)).toEqual([otherName])
    expect(await sinceOf(display)).toBeNull()
  })

  it('end when they are demoted, disabled or removed: the public part stays', async () => {
    const type = await addType()
    const [hidden, plain] = [await addResource(type), await addResource(type)]
    await call('PATCH', `/api/resources/${hidden}`, { body: { visible_to: [] } })
    const paul = await idOf('paul')
    await change('paul', { role: 'admin' })
    await system().refresh()
    const body = { resource_ids: [hidden, plain], with_names: true }
    const display = await make(body, 'paul')
    await reserve('A visit', [plain])
    const [hiddenName, plainName] = [await nameOf(hidden), await nameOf(plain)]
    const all = [
      [hiddenName, undefined],
      [plainName, 'A visit'],
    ]
    const state = async () => (await look(display)).map(({ name, next }) => [name, next?.title])
    expect(await state()).toEqual(all)
    const open = [[plainName, undefined]]
    for (const [ended, again] of [
      [{ role: 'member' }, { role: 'admin' }],
      [{ disabled: true }, { disabled: false }],
    ]) {
      const path = `/api/users/${paul}`
      expect((await call('PATCH', path, { body: ended })).status).toBe(200)
      expect([ended, await state()]).toEqual([ended, open])
      expect([ended, await sinceOf(display)]).toEqual([ended, expect.any(Number)])
      expect((await call('PATCH', path, { body: again })).status).toBe(200)
      expect([again, await state()]).toEqual([again, all])
      expect([again, await sinceOf(display)]).toEqual([again, null])
    }
    expect((await call('DELETE', `/api/users/${paul}`)).status).toBe(204)
    expect(await state()).toEqual(open)
    expect(await sinceOf(display)).toBeNumber()
  })
})
