import { hash, randomBytes } from 'node:crypto'
import { productionEnvironment, logIn } from '../harness/administrator.ts'
import { runClients } from '../harness/clients.ts'
import { startSystem, type System } from '../harness/run-system.ts'
import { commandOf } from '../harness/program.ts'

export interface FileRoundsOptions {
  /** An empty database, with `{service}` in its name or schema. */
  databaseUrl: string
  /** An empty folder. */
  folder: string
  rounds: number
  onRound?: (report: FileReport) => void
}

export interface FileReport {
  rounds: number
  uploads: number
  deletions: number
  /** Parts of resumable uploads that were acknowledged. */
  parts: number
  /** Requests interrupted by the kill: they may or may not have taken effect. */
  unanswered: number
  /** Blobs without a row that the kills left, and the check removed. */
  orphans: number
  faults: string[]
}

const clients = 8
// Small and large, so that a kill meets each step of an upload.
const sizes = [50, 1000, 100_000, 3_000_000]
const lifeMax_ms = 400

/**
 * Repeatedly kills the files service with SIGKILL during uploads: nothing acknowledged may be lost,
 * and the check must leave no orphans.
 */
export async function runFileRounds(options: FileRoundsOptions): Promise<FileReport> {
  const { databaseUrl, folder, rounds, onRound } = options
  const environment = {
    ...productionEnvironment,
    DATABASE_URL: databaseUrl,
    BLOB_URL: `file:${folder}`,
  }
  const start = () => startSystem({ parts: ['users', 'files'], environment })
  const counts = { rounds: 0, uploads: 0, deletions: 0, parts: 0, unanswered: 0, orphans: 0 }
  const report: FileReport = { ...counts, faults: [] }
  const kept = new Set<string>()
  let system = await start()
  try {
    while (report.rounds < rounds) {
      const load = startLoad(system, kept, report)
      // By then all clients have a request in flight, however slow the machine is.
      await load.begun
      await Bun.sleep(Math.random() * lifeMax_ms)
      await system.kill()
      const unfinished = await load.stop()
      report.orphans += await check(environment, ['--repair'], report)
      await check(environment, [], report)
      system = await start()
      await verify(system, kept, report)
      await verifyParts(system, unfinished, report)
      report.rounds++
      onRound?.(report)
    }
  } finally {
    await system.stop()
  }
  return report
}

/** By path of the upload: how many bytes were acknowledged. */
type Unfinished = Map<string, number>

function startLoad({ url }: System, kept: Set<string>, report: FileReport) {
  const unfinished: Unfinished = new Map()
  const begun = Promise.withResolvers<void>()
  let isOver = false
  // Not the cached login: another system may have used this address.
  const login = logIn(url)
  login.catch(() => {}) // killed first; each request will fail too

  const send = async (method: string, path: string, options: RequestInit = {}) => {
    try {
      const authorization = await login
      const headers = { authorization, ...(options.headers as Record<string, string>) }
      const answer = await fetch(url + path, { ...options, method, headers })
      await answer.bytes()
      begun.resolve()
      return answer
    } catch {
      isOver = true
      begun.resolve()
      report.unanswered++
      return undefined
    }
  }

  async function upload(client: number) {
    const bytes = randomBytes(sizes[Math.floor(Math.random() * sizes.length)] ?? 0)
    const answer = await send('POST', `/api/files?file_name=${client}`, { body: bytes })
    if (!answer) return
    const file_hash = hash('sha256', bytes, 'hex')
    if (answer.ok) kept.add(file_hash)
    else report.faults.push(`an upload was answered ${answer.status}`)
    report.uploads++
    if (Math.random() < 0.3) await remove(file_hash)
  }

  async function remove(file_hash: string) {
    // From here on it may have been deleted.
    kept.delete(file_hash)
    if (await send('DELETE', `/api/files/${file_hash}`)) report.deletions++
  }

  async function resume() {
    const tus = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }
    const bytes = randomBytes(1_000_000)
    const headers = { ...tus, 'upload-length': String(bytes.length) }
    const path = (await send('POST', '/api/uploads', { headers }))?.headers.get('location')
    for (let at = 0; path && at < bytes.length && !isOver; at += 250_000) {
      const body = bytes.subarray(at, at + 250_000)
      const position = { ...tus, 'upload-offset': String(at) }
      const answer = await send('PATCH', path, { headers: position, body })
      if (!answer) return
      if (answer.status !== 204) report.faults.push(`a part was answered ${answer.status}`)
      unfinished.set(path, at + body.length)
      report.parts++
      if (at + body.length < bytes.length) continue
      kept.add(hash('sha256', bytes, 'hex'))
      unfinished.delete(path)
    }
  }

  const running = runClients(
    clients,
    () => !isOver,
    (client) => (client % 4 === 0 ? resume() : upload(client)),
  )
  return {
    /** Resolves with the first response. */
    begun: begun.promise,
    stop: async () => {
      isOver = true
      await running
      return unfinished
    },
  }
}

// All bytes are hashed again: every row's bytes must exist, and match.
async function check(
  environment: Record<string, string>,
  options: string[],
  report: FileReport,
): Promise<number> {
  const command = [...commandOf('operator/files.ts'), 'check', '--older-than', '0', ...options]
  const run = Bun.spawn(command, {
    cwd: new URL('../..', import.meta.url).pathname,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = await run.stdout.text()
  if ((await run.exited) !== 0) report.faults.push(`the check found: ${output}`)
  const [missing, damaged] = ['missing', 'damaged'].map((what) =>
    Number(new RegExp(`^(\\d+) contents whose bytes are ${what}`, 'm').exec(output)?.[1]),
  )
  if (missing !== 0 || damaged !== 0) report.faults.push(`bytes were lost: ${output}`)
  return Number(/^(\d+) blobs without a row/m.exec(output)?.[1])
}

async function verify({ url }: System, kept: Set<string>, report: FileReport): Promise<void> {
  const authorization = await logIn(url)
  for (const file_hash of kept) {
    const answer = await fetch(`${url}/api/files/${file_hash}`, { headers: { authorization } })
    await answer.bytes()
    if (answer.status !== 200)
      report.faults.push(`${file_hash} was acknowledged; now ${answer.status}`)
  }
}

async function verifyParts(
  { url }: System,
  unfinished: Unfinished,
  report: FileReport,
): Promise<void> {
  const authorization = await logIn(url)
  for (const [path, acknowledged] of unfinished) {
    const headers = { authorization, 'tus-resumable': '1.0.0' }
    const answer = await fetch(url + path, { method: 'HEAD', headers })
    const received = Number(answer.headers.get('upload-offset') ?? -1)
    if (received < acknowledged) report.faults.push(`${path} fell back to ${received} bytes`)
  }
}
