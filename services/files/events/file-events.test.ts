import { expect, it } from 'bun:test'
import type { FileEvents } from '../../../shared/schemas/file-event.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { randomBytes, until, useFiles } from '../fixture.ts'
import type { FilesApi } from '../index.ts'

describeStores('events of files handed over', (makeDatabase) => {
  const { call, upload, system } = useFiles(makeDatabase)

  const idOf = async (name: string) =>
    (await call<User>('GET', '/api/users/me', { as: name })).body.id

  async function listAfter(after?: string): Promise<FileEvents> {
    const query = after === undefined ? {} : { after }
    const { data } = await system().client<FilesApi>().api.files.events.get({ query })
    return data as FileEvents
  }

  async function give(from: string, to: string): Promise<string> {
    const { file_hash } = (await upload('a plan', randomBytes(100), { as: from })).body
    const path = `/api/users/${await idOf(from)}/hand_over`
    const body = { to: await idOf(to), files: [file_hash] }
    expect((await call('POST', path, { body })).status).toBe(200)
    return file_hash
  }

  it('continue when the last receiver is removed', async () => {
    const first = await give('anna', 'bert')
    const { events, next } = await listAfter()
    const bert = await idOf('bert')
    expect(events).toMatchObject([{ file_hash: first, data: { owner: bert } }])
    expect((await call('DELETE', `/api/users/${bert}`)).status).toBe(204)
    system().startTasks()
    await until(async () => !JSON.stringify(await listAfter()).includes(bert))
    const second = await give('cora', 'dora')
    expect((await listAfter(next)).events).toMatchObject([
      { file_hash: second, data: { owner: await idOf('dora') } },
    ])
  }, 20_000)
})
