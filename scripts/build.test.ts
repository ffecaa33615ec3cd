import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Resource, ResourcePhotoLink } from '../shared/schemas/resource.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { campaignEnvironment, readAuthorization } from './harness/administrator.ts'
import { startSystem } from './harness/run-system.ts'

// Bundling everything, on a machine busy with other tests.
setDefaultTimeout(120_000)

const samplePhotos = 8
const sampleMax_ms = 30_000

let folder: string
let binary: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-binary-'))
  binary = process.env.TEST_BINARY ?? join(folder, 'campus')
  if (process.env.TEST_BINARY) return
  const build = Bun.spawn([process.execPath, join(import.meta.dir, 'build.ts'), binary], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  expect(await build.exited).toBe(0)
})

afterAll(() => rm(folder, { recursive: true }))

describeStores('the binary', (makeDatabase) => {
  it('serves everything from an empty folder, with nothing else installed', async () => {
    const database = await makeDatabase()
    const empty = await mkdtemp(join(tmpdir(), 'campus-empty-'))
    const environment = {
      ...campaignEnvironment,
      DATABASE_URL: database.url,
      BLOB_URL: `file:${empty}/blobs`,
      PATH: '',
    }
    const system = await startSystem({ command: [binary], folder: empty, environment })
    try {
      const get = (path: string) => fetch(system.url + path)
      for (const path of ['/', '/swagger', '/swagger/swagger-ui.js', '/swagger/json']) {
        expect([path, (await get(path)).status]).toEqual([path, 200])
      }
      // The console: its page, and what the page loads.
      const page = await (await get('/')).text()
      const [asset = '/none'] = /\/assets\/[\w.-]+\.js/.exec(page) ?? []
      expect([asset, (await get(asset)).status]).toEqual([asset, 200])
      const authorization = await readAuthorization(system.url)
      const read = async (path: string) =>
        (await fetch(system.url + path, { headers: { authorization } })).json()
      expect(await read('/api/allocations/audit')).toMatchObject({ overlaps: 0, constraint: true })
      // The photos of the sample data, which come while it serves already.
      const listShown = async () =>
        ((await read('/api/resources?limit=200')) as Resource[]).filter(({ photo }) => photo)
      const until = Date.now() + sampleMax_ms
      while ((await listShown()).length < samplePhotos && Date.now() < until) await Bun.sleep(200)
      const shown = await listShown()
      expect(shown).toHaveLength(samplePhotos)
      const links = await read(`/api/resources/photos?ids=${shown.map(({ id }) => id).join()}`)
      for (const { url } of links as ResourcePhotoLink[]) {
        expect((await get(url)).headers.get('content-type')).toBe('image/webp')
      }
      // The texts of mails.
      const template = await read('/api/notifications/templates/account.invitation')
      expect(template).toMatchObject({ subject: 'Your invitation to Campus' })
      expect(await submit(system.url, 'javascript', 'function solve(a) { return a + 1 }')).toBe(
        'pass',
      )
      expect(await submit(system.url, 'python', 'def solve(a):\n    return a + 1')).toBe('pass')
      await system.stop()
      // Places for what it writes.
      expect(await readdir(empty)).toEqual(['blobs'])
      const doctor = Bun.spawnSync([binary, 'run', 'doctor'], { cwd: empty, env: environment })
      expect(doctor.stdout.toString()).toContain('submitted code is sandboxed by seccomp')
      expect(doctor.exitCode).toBe(0)
    } finally {
      await system.kill()
      await database.remove()
      await rm(empty, { recursive: true })
    }
  })

  it('serves one service by its name, and refuses unknown names', async () => {
    const database = await makeDatabase()
    const environment = { ...campaignEnvironment, DATABASE_URL: database.url }
    const command = [binary]
    const system = await startSystem({ command, parts: ['users'], folder, environment })
    try {
      expect((await fetch(`${system.url}/api/users/ping`)).status).toBe(200)
      expect((await fetch(`${system.url}/api/cars`)).status).toBe(404)
    } finally {
      await system.stop()
      await database.remove()
    }
    const { exitCode, stderr } = Bun.spawnSync([binary, 'nothing'])
    expect([exitCode, stderr.toString()]).toEqual([
      1,
      expect.stringContaining('There is no service nothing'),
    ])
  })
})

/** Creates an exercise to add one, and submits a solution. @returns the verdict */
async function submit(url: string, language: string, code: string): Promise<string> {
  const authorization = await readAuthorization(url)
  const post = async (path: string, body: unknown) => {
    const headers = { authorization, 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()) as { id: string; status: string }
  }
  const course = { code: `BIN-${language}`, name: 'Binaries', instructor: 'Ada' }
  await post('/api/courses', course)
  const tests = [{ name: 'adds', args: [1], expected: 2 }]
  const exercise = { title: 'One more', prompt: '', language, tests }
  const { id } = await post(`/api/courses/${course.code}/exercises`, exercise)
  const path = `/api/courses/${course.code}/exercises/${id}/submissions`
  return (await post(path, { code })).status
}
