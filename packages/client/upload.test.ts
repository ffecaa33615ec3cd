import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { truncateSync } from 'node:fs'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startForTest, testPassword, type TestSystem } from '../../services/testing/system.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { loadClient } from './fixture.ts'
import type * as Package from './src/index.ts'

setDefaultTimeout(120_000)

describeStores('an upload', (makeDatabase) => {
  let campusClient: typeof Package
  let system: TestSystem
  let url: string
  let folder: string
  beforeAll(async () => {
    campusClient = await loadClient()
    system = await startForTest(makeDatabase, {})
    url = listenForTest(system.app)
    folder = await mkdtemp(join(tmpdir(), 'campus-upload-'))
    await system.tokenOf('ada')
  })
  afterAll(async () => {
    await system.close()
    await rm(folder, { recursive: true })
  })

  /** Ada's client, and the sizes of the parts it sent. */
  async function open(answer: () => Response | undefined = () => undefined) {
    const parts: number[] = []
    const client = campusClient.createClient({
      url,
      fetch: async (input, init) => {
        if (init?.method !== 'PATCH') return fetch(input, init)
        parts.push((init.body as Blob).size)
        return answer() ?? fetch(input, init)
      },
    })
    await client.logIn({ username: 'ada', password: testPassword })
    return { client, parts }
  }

  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => 'none',
      ({ code }: Package.ProblemError) => code,
    )

  it('of a file that is shortened meanwhile ends', async () => {
    const { client, parts } = await open()
    const path = join(folder, 'growing.log')
    await writeFile(path, new Uint8Array(300_000))
    const onProgress = () => truncateSync(path, 1000)
    const sent = client.upload(Bun.file(path), { name: 'growing.log', onProgress })
    expect(await refusal(sent)).toBe('upload_offset_wrong')
    expect(parts.length).toBeLessThan(10)
  })

  it('of a large file has fewer parts than the server takes', async () => {
    const { client, parts } = await open()
    const path = join(folder, 'large.bin')
    await writeFile(path, '')
    await truncate(path, 1024 ** 3)
    const stop = new AbortController()
    const options = { name: 'large.bin', signal: stop.signal, onProgress: () => stop.abort() }
    await refusal(client.upload(Bun.file(path), options))
    expect(parts[0]).toBe(Math.ceil(1024 ** 3 / 5000))
  })

  it('that has too many parts is not tried again', async () => {
    const problem = { type: 'about:blank', title: 'Conflict', status: 409, detail: 'Too many.' }
    const body = { ...problem, code: 'too_many_parts' }
    const { client, parts } = await open(() => Response.json(body, { status: 409 }))
    expect(await refusal(client.upload(new Blob(['a']), { name: 'a' }))).toBe('too_many_parts')
    expect(parts).toEqual([1])
  })
})
