import { afterAll, describe, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionEnvironment, logIn } from '../harness/administrator.ts'
import { freePorts } from '../harness/run-system.ts'
import { fillDisk, makeSmallDisk, type SmallDisk } from './small-disk.ts'
import { waitUntil } from '../harness/wait.ts'
import { commandOf } from '../harness/program.ts'

setDefaultTimeout(60_000)

const folder = mkdtempSync(join(tmpdir(), 'campus-file-disk-'))
const databases = mkdtempSync(join(tmpdir(), 'campus-file-disk-database-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(databases, { recursive: true })
})
const disk = makeSmallDisk(folder)
if (!disk) {
  console.warn('Skipped: a full disk. Neither root nor a user namespace may mount a tmpfs here.')
}

describe.skipIf(!disk)('files whose disk is full', () => {
  it('refuse uploads with 507, keep what they have, and accept more with room', async () => {
    const { url, pid } = await startOn(disk as SmallDisk)
    const authorization = await logIn(url)
    const send = (path: string, options: RequestInit = {}) =>
      fetch(url + path, { ...options, headers: { authorization } })
    const upload = async (body: Bun.BodyInit) =>
      (await send('/api/files?file_name=x', { method: 'POST', body })).status
    const form = () => {
      const body = new FormData()
      body.append('upfile', new Blob([randomBytes(1_000_000)]))
      return send('/api/files', { method: 'POST', body })
    }
    const bytes = randomBytes(1_000_000)
    expect(await upload(bytes)).toBe(201)

    const free = fillDisk(pid, disk as SmallDisk)
    expect(await upload(randomBytes(1_000_000))).toBe(507)
    expect((await form()).status).toBe(507)
    const file_hash = hash('sha256', bytes, 'hex')
    const kept = await send(`/api/files/${file_hash}/content`)
    expect(Buffer.from(await kept.bytes())).toEqual(bytes)
    free()

    expect(await upload(randomBytes(1_000_000))).toBe(201)
    expect((await form()).status).toBe(201)
    const list = (await (await send('/api/files')).json()) as unknown[]
    expect(list).toHaveLength(3)
  })
})

async function startOn({ folder, within }: SmallDisk) {
  const [PORT = ''] = freePorts(1)
  const child = Bun.spawn([...within, ...commandOf('serve.ts'), 'users', 'files'], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: {
      ...process.env,
      ...productionEnvironment,
      PORT,
      DATABASE_URL: `sqlite:${databases}/{service}.sqlite`,
      BLOB_URL: `file:${folder}`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await child.exited
  })
  const url = `http://127.0.0.1:${PORT}`
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok ?? false
  await waitUntil('it is ready', isReady)
  return { url, pid: child.pid }
}
