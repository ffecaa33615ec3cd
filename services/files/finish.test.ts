import { afterEach, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Caller } from '../../shared/access.ts'
import { readConfig } from '../../shared/host/config.ts'
import type { ProblemError } from '../../shared/problem.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { serviceNames } from '../index.ts'
import { createContents } from './contents.ts'
import { createFiles } from './files.ts'
import { randomBytes, sha256 } from './fixture.ts'
import { openFolder } from './folder-blobs.ts'
import { createPins } from './pins.ts'
import { createQuota, filesPerDayMax } from './quota.ts'
import { filesTables } from './tables.ts'
import { createUploads } from './uploads.ts'

const caller: Caller = {
  id: 'anna',
  role: 'member',
  email: 'anna@test.example',
  login: '',
  groups: [],
}
const size = 100_000

describeStores('the last bytes of an upload', (makeDatabase) => {
  const ends: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  })

  /** Uploads to a folder that counts what is written to it. */
  async function start() {
    const database = await makeDatabase()
    const folder = await mkdtemp(join(tmpdir(), 'campus-blobs-'))
    const stores = createStores()
    ends.push(database.remove, () => rm(folder, { recursive: true }), stores.close)
    const url = database.url.replace('{service}', 'files')
    const store = await stores.open(url)
    await store.migrate(`${import.meta.dir}/migrations`)
    const plain = openFolder(folder)
    let written = 0
    async function* count(bytes: AsyncIterable<Uint8Array>) {
      for await (const chunk of bytes) {
        written += chunk.length
        yield chunk
      }
    }
    const blobs = {
      ...plain,
      put: (key: string, bytes: AsyncIterable<Uint8Array>) => plain.put(key, count(bytes)),
    }
    const config = readConfig({}, serviceNames)
    const context = { store, config, clock: Date.now, id: Bun.randomUUIDv7 }
    const tables = filesTables(store.columns)
    const contents = createContents(context, tables, blobs)
    const quota = createQuota(context, tables)
    const pins = createPins(context, tables, { contents, quota })
    const files = createFiles(context, tables, { contents, pins, quota })
    const uploads = createUploads(context, { tables, blobs, contents, files, quota })
    return { uploads, files, url, written: () => written }
  }

  type Started = Awaited<ReturnType<typeof start>>

  async function* pieces(bytes: Uint8Array) {
    yield bytes
  }

  /** All but the last byte has arrived. */
  async function begin({ uploads }: Started, bytes: Uint8Array) {
    const body = { size, metadata: '' }
    const { value: upload } = await uploads.create({ body, caller, idempotencyKey: undefined })
    const send = (position: number, part: Uint8Array) =>
      uploads.append({ id: upload.id, caller, position, length: part.length, bytes: pieces(part) })
    await send(0, bytes.subarray(0, -1))
    return { sendLast: () => send(size - 1, bytes.subarray(-1)) }
  }

  it('are copied once, however often they are sent', async () => {
    const system = await start()
    const bytes = randomBytes(size)
    const { sendLast } = await begin(system, bytes)
    const times = 8
    // A request after the first has finished gets the completed upload.
    const late = ({ code }: ProblemError) => ({ file_hash: code })
    const answers = await Promise.all(Array.from({ length: times }, () => sendLast().catch(late)))
    const hashes = new Set(answers.map(({ file_hash }) => file_hash))
    hashes.delete('upload_offset_wrong')
    expect(hashes).toEqual(new Set([sha256(bytes)]))
    // The parts, and the whole once.
    expect(system.written()).toBeLessThanOrEqual(size - 1 + times + size)
    expect(await system.files.findOf(caller.id, sha256(bytes))).toMatchObject({ size })
  })

  it('copy nothing if the file would be refused', async () => {
    const system = await start()
    const { sendLast } = await begin(system, randomBytes(size))
    const day = Math.floor(Date.now() / 86_400_000)
    await changeByHand(system.url, `UPDATE owners SET day = ${day}, day_files = ${filesPerDayMax}`)
    for (let time = 1; time <= 3; time++) {
      expect(await sendLast().catch(({ code }) => code)).toBe('daily_limit_reached')
      expect(system.written()).toBe(size - 1 + time)
    }
    await changeByHand(system.url, 'UPDATE owners SET day_files = 0')
    expect((await sendLast()).file_hash).not.toBeNull()
  })
})
