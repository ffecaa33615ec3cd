import { afterAll, beforeAll, expect, it } from 'bun:test'
import { join } from 'node:path'
import { describeStores, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { randomBytes, useFiles } from './fixture.ts'
import { commandOf } from '../../scripts/harness/program.ts'

const root = join(import.meta.dir, '../..')

describeStores('the check of files', (makeDatabase) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
  })
  afterAll(() => database.remove())
  const share = async () => ({ url: database.url, remove: async () => {} })
  const { upload, fetch, blobs, folder, system } = useFiles(share)

  async function check(...options: string[]) {
    const run = Bun.spawn([...commandOf('operator/files.ts'), 'check', ...options], {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: system().databaseUrlOf('files'),
        BLOB_URL: `file:${folder()}`,
      },
      stdout: 'pipe',
      stderr: 'inherit',
    })
    const output = await run.stdout.text()
    return { code: await run.exited, output }
  }

  /** Adds a file and returns the path of its bytes. */
  async function add() {
    const before = await blobs()
    const bytes = randomBytes(1000)
    const { body } = await upload('checked', bytes)
    const key = (await blobs()).find((one) => !before.includes(one)) ?? ''
    const path = `${folder()}/${key.slice(-2)}/${key}`
    return { hash: body.file_hash, bytes, key, path }
  }

  it('finds nothing if nothing is wrong', async () => {
    await add()
    const { code, output } = await check('--older-than', '0')
    expect(output).toMatch(/^1 contents, 1000 bytes\n0 .*\n0 .*\n0 .*\n0 .*\n$/)
    expect(code).toBe(0)
  })

  it('finds bytes without a row, and removes them only on request', async () => {
    const kept = await blobs()
    const orphan = Bun.randomUUIDv7()
    await Bun.write(`${folder()}/${orphan.slice(-2)}/${orphan}`, 'half a file')
    expect((await check()).output).toContain('0 blobs without a row')
    const found = await check('--older-than', '0')
    expect(found.output).toContain(`1 blobs without a row\n  ${orphan}\n`)
    expect(found.code).toBe(1)
    expect(await blobs()).toHaveLength(kept.length + 1)
    expect((await check('--older-than', '0', '--repair')).code).toBe(0)
    expect(await blobs()).toEqual(kept)
  })

  it('finds damaged and missing bytes, which the next upload restores', async () => {
    const [damaged, missing] = [await add(), await add()]
    await Bun.write(damaged.path, randomBytes(1000))
    await Bun.file(missing.path).delete()
    const { code, output } = await check('--repair')
    expect(code).toBe(0)
    expect(output).toContain(`1 contents whose bytes are missing, marked\n  ${missing.hash}\n`)
    expect(output).toContain(`1 contents whose bytes are damaged, marked\n  ${damaged.hash}\n`)
    for (const { hash, bytes } of [damaged, missing]) {
      expect((await fetch(`/api/files/${hash}/content`)).status).toBe(410)
      expect((await upload('restored', bytes)).status).toBe(200)
      const content = await fetch(`/api/files/${hash}/content`)
      expect(new Uint8Array(await content.bytes())).toEqual(bytes)
    }
    await check('--older-than', '0', '--repair')
    expect((await check('--older-than', '0')).code).toBe(0)
  })
})
