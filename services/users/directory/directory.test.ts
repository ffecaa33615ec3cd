import { expect, it, onTestFinished } from 'bun:test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DirectoryEntry } from '../../../shared/schemas/directory.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest, testPassword } from '../../testing/system.ts'
import { forgeCursor } from '../../testing/forged-cursor.ts'
import { useSystem } from '../../testing/use-system.ts'

describeStores('the directory', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  let made = 0

  async function add(display_name?: string): Promise<User> {
    const username = `person${++made}`
    const body = { username, email: `${username}@secret.example`, password: testPassword }
    const named = display_name === undefined ? body : { ...body, display_name }
    const { status, body: user } = await call<User>('POST', '/api/users', { body: named })
    expect(status).toBe(201)
    return user
  }
  const ask = (query: string, as = 'mia') =>
    call<DirectoryEntry[] & Problem>('GET', `/api/directory?${query}`, { as })
  const find = async (q: string) => {
    const { body } = await ask(`q=${encodeURIComponent(q)}`)
    return body.map(({ display_name }) => display_name)
  }

  it('tells members names and ids, and no address, username or role', async () => {
    const { id } = await add('Émilie Zwölf')
    const { status, body } = await ask('q=emilie')
    expect([status, body]).toEqual([200, [{ id, display_name: 'Émilie Zwölf' }] as never])
    expect(JSON.stringify((await ask('limit=200')).body)).not.toMatch(/@|secret|person/)
    expect((await call('GET', '/api/directory', { as: null })).status).toBe(401)
  })

  it('finds words in any order, ignoring case and accents', async () => {
    await add('Łukasz Müller-Groß')
    await add('Per Cent 100%')
    expect(await find('MULLER')).toEqual(['Łukasz Müller-Groß'])
    expect(await find('gross  lukasz')).toEqual(['Łukasz Müller-Groß'])
    expect(await find('0%')).toEqual(['Per Cent 100%'])
    expect(await find('%')).toEqual(['Per Cent 100%'])
    expect(await find('lukasz emilie')).toEqual([])
    // Addresses are not searched.
    expect(await find('secret.example')).toEqual([])
  })

  it('pages by name, each person once', async () => {
    for (const name of ['Tim', 'tim', 'TIM', 'Ödön Tim']) await add(name)
    const seen: DirectoryEntry[] = []
    let path: string | undefined = '/api/directory?q=tim&limit=1'
    while (path) {
      const page: { body: DirectoryEntry[]; headers: Headers } = await call('GET', path, {
        as: 'mia',
      })
      seen.push(...page.body)
      path = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
    }
    expect(seen.map(({ display_name }) => display_name).at(0)).toBe('Ödön Tim')
    expect(new Set(seen.map(({ id }) => id)).size).toBe(4)
  })

  it('resolves ids to names, and to none for a removed account', async () => {
    const [here, gone] = [await add('Here'), await add('Gone')]
    expect((await call('DELETE', `/api/users/${gone.id}`)).status).toBe(204)
    const never = Bun.randomUUIDv7()
    const { body } = await ask(`ids=${here.id},${gone.id},${never},${here.id}`)
    expect<unknown>(body).toEqual([
      { id: here.id, display_name: 'Here' },
      { id: gone.id, display_name: null },
    ])
    expect(await find('gone')).toEqual([])
  })

  it('is bounded, and refuses invalid queries', async () => {
    const ids = (count: number) => Array.from({ length: count }, () => Bun.randomUUIDv7()).join(',')
    expect((await ask(`ids=${ids(100)}`)).status).toBe(200)
    expect((await ask(`ids=${ids(101)}`)).status).toBe(422)
    for (const query of ['ids=', 'ids=anna', `q=${'x'.repeat(101)}`, 'limit=201']) {
      expect([query, (await ask(query)).status]).toEqual([query, 422])
    }
    const both = await ask(`q=anna&ids=${ids(1)}`)
    expect([both.status, both.body.errors?.[0]?.pointer]).toEqual([422, '?q'])
    const forged = forgeCursor('/api/directory', ['a', 'b'])
    expect((await call('GET', forged, { as: 'mia' })).status).toBe(400)
  })

  it('shows a name chosen by its owner, by default the part of the address before @', async () => {
    const user = await add()
    expect(user.display_name).toBe(user.username)
    const path = `/api/users/${user.id}`
    const change = (display_name: unknown) =>
      call<User & Problem>('PATCH', path, { body: { display_name } })
    // One normal form for identical-looking names.
    expect((await change('Rene\u0301')).body.display_name).toBe('René')
    expect(await find('rene')).toEqual(['René'])
    const tooLong = 'x'.repeat(81)
    const bad = ['', ' Anna', 'Anna ', 'An\nna', 'a\u202eb', tooLong, '\u200b', '…', 7, null]
    for (const name of bad) {
      const { status, body } = await change(name)
      expect([name, status, body.errors?.[0]?.pointer]).toEqual([name, 422, '#/display_name'])
    }
    expect((await change('x'.repeat(80))).status).toBe(200)
    expect((await change('木村 さくら 🌸')).body.display_name).toBe('木村 さくら 🌸')
    const found = await call<User[]>('GET', `/api/users?q=${encodeURIComponent('木村')}`)
    expect(found.body.map(({ id }) => id)).toEqual([user.id])
  })

  it('shows the username of a row that was written by hand without a name', async () => {
    const user = await add('Written')
    const url = system().databaseUrlOf('users')
    const isIt = `username = '${user.username}'`
    await changeByHand(url, `UPDATE users SET display_name = '', display_key = '' WHERE ${isIt}`)
    expect((await ask(`ids=${user.id}`)).body[0]?.display_name).toBe(user.username)
  })
})

describeStores('accounts from before they had names', (makeDatabase) => {
  it('are named by their address', async () => {
    const database = await makeDatabase()
    onTestFinished(database.remove)
    const url = database.url.replaceAll('{service}', 'users')
    const folder = await mkdtemp(join(tmpdir(), 'campus-upgrade-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const isOld = (path: string) => !/\/(?!000[123])\d{4}_[^/]*$/.test(path)
    const migrations = join(import.meta.dir, '../migrations')
    await cp(migrations, folder, { recursive: true, filter: isOld })
    const stores = createStores()
    await (await stores.open(url)).migrate(folder)
    await stores.close()
    const id = Bun.randomUUIDv7()
    const [key, now] = url.startsWith('postgres')
      ? [`'${id}'`, 'now()']
      : [`unhex('${id.replaceAll('-', '')}')`, '0']
    await changeByHand(
      url,
      `INSERT INTO users (id, username, username_key, email, password_hash, role, created)
       VALUES (${key}, 'Old', 'old', 'o.timer@test.example', 'none', 'member', ${now})`,
    )
    const system = await startForTest(async () => ({ ...database, remove: async () => {} }))
    onTestFinished(system.close)
    const found = await system.send('GET', '/api/directory?q=TIMER')
    expect(await found.json()).toEqual([{ id, display_name: 'o.timer' }])
  })
})
