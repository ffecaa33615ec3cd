import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { FileLink } from '../../shared/schemas/file.ts'
import type { RemovedUsers, User } from '../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import type { UsersApi } from '../users/index.ts'
import { randomBytes, until, useFiles } from './fixture.ts'

describeStores('the files of a removed account', (makeDatabase) => {
  const { call, fetch, upload, blobs, system, url } = useFiles(makeDatabase)

  async function makeFiles(as: string, shared: Uint8Array<ArrayBuffer>) {
    const own = await upload('own', randomBytes(1000), { as })
    await upload('shared', shared, { as })
    const path = `/api/files/${own.body.file_hash}/links`
    const { body: link } = await call<FileLink>('POST', path, { as, body: {} })
    const tus = { 'tus-resumable': '1.0.0' }
    const headers = { ...tus, 'upload-length': '1000' }
    const begun = await fetch('/api/uploads', { method: 'POST', as, headers })
    const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }
    const part = { method: 'PATCH', as, headers: { ...tus, ...type }, body: randomBytes(500) }
    expect((await fetch(begun.headers.get('location') ?? '', part)).status).toBe(204)
    const { body: user } = await call<User>('GET', '/api/users/me', { as })
    return { hash: own.body.file_hash, link: link.url, user: user.id }
  }

  it('are removed: records, bytes, links and uploads, except bytes that others have', async () => {
    const shared = randomBytes(1000)
    const anna = await makeFiles('anna', shared)
    const bert = await makeFiles('bert', shared)
    const open = async ({ link }: { link: string }) => (await globalThis.fetch(url() + link)).status
    const listed = async ({ user }: { user: string }) =>
      (await call<unknown[]>('GET', `/api/files?owner=${user}`)).body.length
    expect(await blobs()).toHaveLength(5)

    expect((await call('DELETE', `/api/users/${anna.user}`)).status).toBe(204)
    system().startTasks()
    await until(async () => (await blobs()).length === 3 && (await listed(anna)) === 0)
    expect([await open(anna), await open(bert)]).toEqual([404, 200])
    expect([await listed(anna), await listed(bert)]).toEqual([0, 2])
    const content = `${url()}/api/files/${anna.hash}/content?owner=${anna.user}`
    const authorization = `Bearer ${await system().tokenOf('admin')}`
    expect((await globalThis.fetch(content, { headers: { authorization } })).status).toBe(404)
  }, 20_000)

  it('are also removed with an account deleted by hand; only services learn its id', async () => {
    const dora = await makeFiles('dora', randomBytes(1000))
    const kept = (await blobs()).length
    const stores = createStores()
    const store = await stores.open(system().databaseUrlOf('users'))
    await store.atomically([sql`DELETE FROM users WHERE username = 'dora'`])
    await stores.close()
    await until(async () => (await blobs()).length === kept - 3)

    const { data } = await system().client<UsersApi>().api.users.removed.get({ query: {} })
    const removed = data as RemovedUsers
    expect(removed.user_ids.at(-1)).toBe(dora.user)
    expect(removed.position).toMatch(/^\d+\.\d+$/)
    const path = '/api/users/removed'
    expect((await call('GET', path, { as: 'bert' })).status).toBe(403)
    expect((await call('GET', `${path}?after=1`)).status).toBe(403)
    expect((await call('GET', path, { as: null })).status).toBe(401)
  }, 20_000)
})
