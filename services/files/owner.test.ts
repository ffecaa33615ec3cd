import { expect, it } from 'bun:test'
import type { FileRecord, FileUsage } from '../../shared/schemas/file.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, useFiles } from './fixture.ts'

describeStores('owners of files', (makeDatabase) => {
  const { call, upload, blobs, system } = useFiles(makeDatabase)

  async function list(as: string, query = '') {
    const { body } = await call<FileRecord[]>('GET', `/api/files${query}`, { as })
    return body.map(({ file_name }) => file_name)
  }

  it('have their own records of the same bytes, which are deleted with the last one', async () => {
    const bytes = randomBytes(100)
    const anna = (await upload('from anna', bytes, { as: 'anna' })).body
    const bert = await upload('from bert', bytes, { as: 'bert' })
    expect(bert).toMatchObject({ status: 201, body: { file_hash: anna.file_hash } })
    expect(bert.body.owner).not.toBe(anna.owner)
    expect(await blobs()).toHaveLength(1)
    expect(await list('anna')).toEqual(['from anna'])
    const path = `/api/files/${anna.file_hash}`
    expect((await call('DELETE', path, { as: 'anna' })).status).toBe(204)
    expect(await list('anna')).toEqual([])
    expect((await call('GET', `${path}/content`, { as: 'anna' })).status).toBe(404)
    expect((await call('GET', path, { as: 'bert' })).body).toEqual(bert.body)
    expect(await blobs()).toHaveLength(1)
    expect((await call('DELETE', path, { as: 'bert' })).status).toBe(204)
    expect(await blobs()).toEqual([])
  })

  it('alone can see a file; for others it is 404, whatever they try', async () => {
    const { body } = await upload('secret plan', randomBytes(100), { as: 'anna' })
    const path = `/api/files/${body.file_hash}`
    const as = 'bert'
    const change = { file_name: 'mine', file_type: 'text/plain' }
    const tries = [
      call('GET', path, { as }),
      call('GET', `${path}?owner=${body.owner}`, { as }),
      call('GET', `${path}/content`, { as }),
      call('PUT', path, { as, body: change }),
      call('DELETE', path, { as }),
      call('DELETE', `${path}?owner=${body.owner}`, { as }),
      call('POST', `${path}/links`, { as, body: {} }),
    ]
    for (const answer of await Promise.all(tries)) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'file_not_found' } })
      expect(JSON.stringify(answer.body)).not.toContain('secret plan')
    }
    expect((await call('GET', `/api/files?owner=${body.owner}`, { as })).status).toBe(403)
    expect((await call('GET', path, { as: null })).status).toBe(401)
    expect((await call('GET', path, { as: 'anna' })).body).toEqual(body)
    system()
      .logged()
      .split('\n')
      .forEach((line) => expect(line).not.toContain('secret plan'))
  })

  it('search one at a time, and get 503 with too many waiting', async () => {
    const { body } = await upload('in the way', randomBytes(100), { as: 'carl' })
    const created = `(SELECT created FROM files WHERE file_hash = '${body.file_hash}')`
    await changeByHand(
      system().databaseUrlOf('files'),
      `INSERT INTO files (file_hash, owner, file_name, search_name, file_type, created)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        SELECT '${body.file_hash}', 'owner ' || i, 'f', 'f', 'text/plain', ${created} FROM n`,
    )
    const search = (as: string) => call('GET', '/api/files?q=nowhere', { as })
    const [modest, ...greedy] = await Promise.all([
      search('bert'),
      ...Array.from({ length: 60 }, () => search('admin')),
    ])
    expect(modest).toMatchObject({ status: 200, body: [] })
    const refused = greedy.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]).toMatchObject({ status: 503, body: { code: 'too_many_scans' } })
    expect(greedy.length - refused.length).toBeGreaterThan(10)
    // It is nobody's fault, and needs no SQL to be understood.
    const lines = system()
      .logged()
      .split('\n')
      .filter((line) => /too_many_scans/.test(line))
    expect(lines).toHaveLength(refused.length)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: 'warn' })
    expect(system().logged()).not.toMatch(/request failed|SELECT/i)
  }, 60_000)

  it('see how much of their quota their own files use', async () => {
    const usage = async (as: string) =>
      (await call<FileUsage>('GET', '/api/files/usage', { as })).body.used_bytes
    const before = [await usage('anna'), await usage('bert')] as const
    const { body } = await upload('counted', randomBytes(1234), { as: 'anna' })
    expect([await usage('anna'), await usage('bert')]).toEqual([before[0] + 1234, before[1]])
    await call('DELETE', `/api/files/${body.file_hash}`, { as: 'anna' })
    expect(await usage('anna')).toBe(before[0])
    expect((await call('GET', '/api/files/usage', { as: null })).status).toBe(401)
  })

  it('are all visible to an administrator, who may name the owner of a record', async () => {
    const bytes = randomBytes(100)
    const { body: first } = await upload('of clara', bytes, { as: 'clara' })
    const { body: second } = await upload('of dora', bytes, { as: 'dora' })
    const path = `/api/files/${first.file_hash}`
    expect(await list('admin', `?owner=${second.owner}`)).toEqual(['of dora'])
    expect(await list('admin')).toContain('of clara')
    expect((await call('GET', path)).body).toEqual(first)
    expect((await call('GET', `${path}?owner=${second.owner}`)).body).toEqual(second)
    expect((await call('DELETE', `${path}?owner=${second.owner}`)).status).toBe(204)
    expect((await call('GET', path, { as: 'dora' })).status).toBe(404)
    expect((await call('GET', path, { as: 'clara' })).body).toEqual(first)
  })
})
