import { beforeAll, expect, it } from 'bun:test'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Group } from '../../shared/schemas/group.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource, ResourcePhotoLink } from '../../shared/schemas/resource.ts'
import type { User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { toPng } from '../testing/png.ts'
import { useSystem } from '../testing/use-system.ts'
import { minute_ms } from '../../shared/duration.ts'

describeStores('the photo of a resource', (makeDatabase) => {
  let ahead_ms = 0
  const { call, system } = useSystem(makeDatabase, { clock: () => Date.now() + ahead_ms })
  let made = 0
  let type: string

  const idOf = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body.id
  const upload = async (as: string, bytes: Uint8Array = toPng(made + 1, 1)) => {
    const headers = { 'content-type': 'application/octet-stream' }
    const path = `/api/files?file_name=${++made}.png`
    const sent = await system().send('POST', path, { as, body: bytes, headers })
    return ((await sent.json()) as FileRecord).file_hash
  }
  const add = async (given: object = {}) => {
    const body = { resource_type: type, name: `No. ${++made}`, ...given }
    return call<Resource & Problem>('POST', '/api/resources', { body })
  }
  const set = (id: string, photo: string | null, as = 'admin') =>
    call<Resource & Problem>('PUT', `/api/resources/${id}/photo`, { as, body: { photo } })
  const link = async (ids: string[], as = 'anna') =>
    (await call<ResourcePhotoLink[]>('GET', `/api/resources/photos?ids=${ids.join()}`, { as })).body
  const open = async (url = '') => (await system().send('GET', url, { as: null })).status
  const remove = async (hash: string, as: string) =>
    (await call('DELETE', `/api/files/${hash}`, { as })).status
  const addGroup = async (member: string) => {
    const { body } = await call<Group>('POST', '/api/groups', { body: { name: `G ${++made}` } })
    await call('PUT', `/api/groups/${body.id}/members/${await idOf(member)}`, { body: {} })
    await system().refresh()
    return body.id
  }
  /** What is no longer named is let go of some minutes later. */
  const review = async () => {
    ahead_ms += 6 * minute_ms
    await system().runTask('inventory: review photos')
  }

  beforeAll(async () => {
    const body = { name: `Kind ${++made}` }
    type = (await call<{ name: string }>('POST', '/api/resource_types', { body })).body.name
    const rights = [
      { group: await addGroup('mona'), may: 'manage' },
      { group: null, may: 'book' },
    ]
    expect(
      (await call('POST', '/api/policies', { body: { type, rules: { rights } } })).status,
    ).toBe(201)
  })

  it('is visible to everyone who sees the resource, even without the original file', async () => {
    const { id } = (await add()).body
    const hash = await upload('admin')
    const { status, body, headers } = await set(id, hash)
    expect([status, body.photo]).toEqual([200, hash])
    expect(headers.get('etag')).toStartWith('"v2')
    expect(await remove(hash, 'admin')).toBe(204)
    const links = await link([id])
    expect(links.map(({ resource_id }) => resource_id)).toEqual([id])
    const response = await system().send('GET', `${links[0]?.url}?inline=1`, { as: null })
    expect(response.headers.get('content-type')).toBe('image/png')
    expect((await response.bytes()).length).toBeGreaterThan(50)
    // Who looks again has it already.
    expect(await link([id], 'bert')).toEqual(links)
    expect((await call('GET', `/api/resources/photos?ids=${id}`, { as: null })).status).toBe(401)
    expect((await call<Resource>('GET', `/api/resources/${id}`)).body.photo).toBe(hash)
    const none = (await add()).body.id
    expect(await link([none])).toEqual([])
  })

  it('is hidden with the resource', async () => {
    const group = await addGroup('gina')
    const secret = await add({ visible_to: [group], photo: await upload('admin') })
    expect(secret.status).toBe(201)
    const { id } = secret.body
    expect(await link([id], 'anna')).toEqual([])
    for (const as of ['gina', 'admin']) expect(await link([id], as)).toHaveLength(1)
    // Mona manages all of the type, but of this one she knows nothing.
    expect((await set(id, null, 'mona')).status).toBe(404)
  })

  it('is set by administrators and managers, from their own files', async () => {
    const { id } = (await add()).body
    const [own, admins] = [await upload('mona'), await upload('admin')]
    expect((await set(id, own, 'mona')).status).toBe(200)
    expect((await set(id, null, 'anna')).status).toBe(403)
    expect((await set(id, await upload('anna'), 'anna')).status).toBe(403)
    for (const [as, others] of [
      ['mona', admins],
      ['admin', await upload('anna')],
      ['mona', 'ab'.repeat(32)],
    ] as const) {
      expect((await set(id, others, as)).body.code).toBe('file_missing')
    }
    const path = `/api/resources/${id}`
    const stale = { as: 'mona', body: { photo: null }, headers: { 'if-match': '"v1"' } }
    expect((await call('PUT', `${path}/photo`, stale)).status).toBe(412)
    const patched = await call<Resource>('PATCH', path, { body: { photo: admins } })
    expect(patched.body.photo).toBe(admins)
    const refused = await call('PATCH', path, { as: 'mona', body: { photo: null } })
    expect(refused.status).toBe(403)
    expect((await set(id, null, 'mona')).body.photo).toBeNull()
    expect(await link([id])).toEqual([])
  })

  it('is a small picture without metadata', async () => {
    const { id } = (await add()).body
    const text = (value: string) => new TextEncoder().encode(value)
    const noise = crypto.getRandomValues(new Uint8Array(60_000))
    const large = Buffer.concat([...Array(5).fill(noise)])
    const place = Buffer.concat([text('Comment\0'), text(`52.5 N ${made}`)])
    for (const bytes of [
      text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
      text('%PDF-1.7'),
      toPng(3, 3, ['IDAT', large]),
      toPng(4, 4, ['tEXt', place]),
      toPng(2001, 1),
    ]) {
      const { status, body } = await set(id, await upload('admin', bytes))
      expect([status, body.code]).toEqual([422, 'photo_unfit'])
    }
    const unfit = await add({ photo: await upload('admin', toPng(5, 5, ['tIME', text('now')])) })
    expect([unfit.status, unfit.body.code]).toEqual([422, 'photo_unfit'])
    expect((await call<Resource>('GET', `/api/resources/${id}`)).body.photo).toBeNull()
  })

  it('frees its bytes when replaced, removed, or deleted with the resource', async () => {
    const ids: string[] = []
    for (const as of ['mona', 'admin', 'admin', 'admin', 'admin']) {
      const hash = await upload(as)
      const { id } = (await add()).body
      expect((await set(id, hash, as)).status).toBe(200)
      expect(await remove(hash, as)).toBe(204)
      ids.push(id)
    }
    const [replaced = '', removed = '', retired = '', erased = '', kept = ''] = ids
    const urls = new Map((await link(ids)).map(({ resource_id, url }) => [resource_id, url]))
    const status = (id: string) => open(urls.get(id))
    expect(await Promise.all(ids.map(status))).toEqual([200, 200, 200, 200, 200])
    expect((await set(replaced, await upload('admin'))).status).toBe(200)
    expect((await set(removed, null)).status).toBe(200)
    expect((await call('DELETE', `/api/resources/${retired}`)).status).toBe(204)
    await changeByHand(
      system().databaseUrlOf('inventory'),
      `DELETE FROM resources WHERE name = '${(await nameOf(erased)) ?? ''}'`,
    )
    await review()
    expect(await Promise.all(ids.map(status))).toEqual([404, 404, 200, 404, 200])
    const [again] = await link([replaced])
    expect(await open(again?.url)).toBe(200)
    // Out of service it is as it was, for when it returns.
    expect(await link([retired])).toHaveLength(1)
    expect((await set(retired, null)).status).toBe(404)
    expect((await call('POST', `/api/resources/${retired}/return`)).status).toBe(200)
    expect((await set(retired, null)).status).toBe(200)
    // A week later those are asked about again, and stay.
    ahead_ms += 8 * 24 * 60 * minute_ms
    await review()
    const [link8] = await link([kept])
    expect(await open(link8?.url)).toBe(200)
  }, 90_000)

  async function nameOf(id: string) {
    return (await call<Resource>('GET', `/api/resources/${id}`)).body.name
  }
})
