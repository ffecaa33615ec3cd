import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Resource } from '../shared/schemas/resource.ts'
import { changeByHand } from '../shared/testing/by-hand.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { useSystem } from './testing/use-system.ts'

setDefaultTimeout(60_000)

// What an earlier rule made of `Größe™ 1`: small letters only.
const name = 'Größe™ 1'
const earlier = `'größe™ 1'`
const asked = encodeURIComponent('GROSSETM 1')

describeStores('texts folded by an earlier rule', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  const found: Record<string, string> = {
    books: `/api/books?q=${asked}`,
    courses: `/api/courses?q=${asked}`,
    files: `/api/files?q=${asked}`,
    groups: `/api/groups?q=${asked}`,
    people: `/api/directory?q=${asked}`,
    resources: `/api/resources?q=${asked}`,
  }

  async function post(path: string, body: object): Promise<void> {
    expect([path, (await call('POST', path, { body })).status]).toEqual([path, 201])
  }

  async function count(): Promise<Record<string, number>> {
    const counted = Object.entries(found).map(async ([what, path]) => {
      const { status, body } = await call<object>('GET', path)
      expect([path, status]).toEqual([path, 200])
      // An array, or one within an object.
      return [what, Object.values(body).flat().length]
    })
    return Object.fromEntries(await Promise.all(counted))
  }

  async function countChanges(): Promise<number> {
    const { body } = await call<{ kind: string }[]>('GET', '/api/changes?limit=200')
    return body.filter(({ kind }) => kind === 'resource.changed').length
  }

  const every = (count: number) =>
    Object.fromEntries(Object.keys(found).map((what) => [what, count]))

  it('are found by the current rule once refolded', async () => {
    await post('/api/books', { title: name, author: 'Anna' })
    await post('/api/courses', { code: 'SIZE', name, instructor: 'Anna' })
    await post('/api/groups', { name })
    await post('/api/resources', { resource_type: 'Car', name })
    const form = new FormData()
    form.append('upfile', new File(['1'], name))
    const upload = new Request('http://campus.test/api/files', { method: 'POST', body: form })
    const headers = { 'content-type': upload.headers.get('content-type') ?? '' }
    const sent = { headers, body: await upload.text() }
    expect((await call('POST', '/api/files', sent)).status).toBe(201)
    const someone = { username: 'size', display_name: name, email: 'size@test.example' }
    await post('/api/users', { ...someone, password: 'a long passphrase 42' })
    expect(await count()).toEqual(every(1))

    // The tables still wait to be walked: tasks have not begun.
    const byHand: [service: string, change: string][] = [
      ['books', `UPDATE books SET title_key = ${earlier}, words = ${earlier}`],
      ['courses', `UPDATE courses SET search = ${earlier}`],
      ['files', `UPDATE files SET search_name = ${earlier}`],
      ['inventory', `UPDATE resources SET search_name = ${earlier}`],
      ['users', `UPDATE user_groups SET name_key = ${earlier}`],
      ['users', `UPDATE users SET display_key = ${earlier} WHERE username = 'size'`],
    ]
    for (const [service, change] of byHand) {
      await changeByHand(system().databaseUrlOf(service), change)
    }
    expect(await count()).toEqual(every(0))

    // Two that were different, and are alike today: both stay.
    for (const name of ['Van', 'Bus']) await post('/api/resources', { resource_type: 'Car', name })
    const alike = `UPDATE resources SET name = 'VAN', search_name = 'BUS' WHERE name = 'Bus'`
    await changeByHand(system().databaseUrlOf('inventory'), alike)
    const isPostgres = system().databaseUrl.startsWith('postgres')
    const newId = isPostgres ? 'gen_random_uuid()' : 'randomblob(16)'
    // More than a piece, in front of the one that is asked for.
    const many = Array.from({ length: 300 }, (_, at) => `(${newId}, 'A${at}', 'Ä', '', 'ä')`)
    await changeByHand(
      system().databaseUrlOf('courses'),
      `INSERT INTO courses (id, code, name, instructor, search) VALUES ${many.join()}`,
    )
    const before = await countChanges()
    expect(before).toBeGreaterThan(0)

    system().startTasks()
    const end_ms = Date.now() + 30_000
    while (Date.now() < end_ms && Object.values(await count()).includes(0)) await Bun.sleep(100)
    expect(await count()).toEqual(every(1))
    const { body: cars } = await call<Resource[]>('GET', '/api/resources?type=Car')
    expect(cars.map((car) => car.name)).toEqual([name, 'VAN', 'Van'])
    expect(system().logged()).toContain('folded as before')
    // Nothing was changed that anybody must be told of.
    expect(await countChanges()).toBe(before)
    const { body: found } = await call<{ courses: object[] }>('GET', '/api/courses?q=a&limit=200')
    expect(found.courses).toHaveLength(200)
    // It can be changed, but for its name.
    const path = `/api/resources/${cars[1]?.id}`
    expect((await call('PATCH', path, { body: { note: 'Blue' } })).status).toBe(200)
    expect((await call('PATCH', path, { body: { name: 'van' } })).status).toBe(409)
  })

  it('keep names unique within a type as they read', async () => {
    await post('/api/resources', { resource_type: 'Lorry', name: 'Škoda 1' })
    for (const alike of ['škoda 1', 'SKODA 1', ' Skoda  1 ', 'Ｓkoda 1']) {
      const body = { resource_type: 'Lorry', name: alike }
      const answer = await call('POST', '/api/resources', { body })
      expect([alike, answer]).toMatchObject([alike, { status: 409 }])
    }
    const other = await call<Resource>('POST', '/api/resources', {
      body: { resource_type: 'Lorry', name: 'Skoda 2' },
    })
    const path = `/api/resources/${other.body.id}`
    const renamed = await call('PATCH', path, { body: { name: 'SKODA 1' } })
    expect(renamed).toMatchObject({ status: 409, body: { code: 'resource_name_taken' } })
    // Itself in other letters is no other.
    expect((await call('PATCH', path, { body: { name: 'SKODA 2' } })).status).toBe(200)
  })
})
