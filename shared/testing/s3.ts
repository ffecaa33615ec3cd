import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from './port.ts'

export interface S3Server {
  endpoint: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  /** What lies in the bucket. */
  keys: () => Promise<string[]>
  stop: () => Promise<void>
}

const version = 'v1.8.0'
const cache = join(import.meta.dir, '../../node_modules/.cache/versitygw', version)
// Built once per machine, as it is large.
const buildTimeout_ms = 5 * 60_000
const startTimeout_ms = 10_000

/**
 * Starts an S3 server: versitygw, built with Go at first use.
 * @throws Error that says why there is none
 */
export async function startS3Server(): Promise<S3Server> {
  const program = await build()
  const folder = await mkdtemp(join(tmpdir(), 'campus-s3-'))
  const bucket = 'campus'
  await mkdir(join(folder, bucket))
  const port = findFreePort()
  const [accessKeyId, secretAccessKey] = ['test', 'a key for tests']
  const run = Bun.spawn([program, '--port', `127.0.0.1:${port}`, 'posix', folder], {
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const endpoint = `http://127.0.0.1:${port}`
  const end = Date.now() + startTimeout_ms
  while (!(await fetch(endpoint).catch(() => undefined))) {
    if (Date.now() > end || run.exitCode !== null) throw new Error('versitygw does not start')
    await Bun.sleep(20)
  }
  return {
    endpoint,
    bucket,
    accessKeyId,
    secretAccessKey,
    keys: async () => {
      const entries = await readdir(join(folder, bucket), { recursive: true, withFileTypes: true })
      return entries
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('.sgwtmp'))
        .map(({ name }) => name)
    },
    stop: async () => {
      run.kill()
      await run.exited
      await rm(folder, { recursive: true })
    },
  }
}

async function build(): Promise<string> {
  const program = join(cache, 'versitygw')
  if (await Bun.file(program).exists()) return program
  if (!Bun.which('go')) throw new Error('there is no Go to build versitygw with')
  const source = `github.com/versity/versitygw/cmd/versitygw@${version}`
  const run = Bun.spawn(['go', 'install', source], {
    env: { ...process.env, GOBIN: cache },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: buildTimeout_ms,
  })
  const errors = await run.stderr.text()
  if ((await run.exited) !== 0) throw new Error(`versitygw cannot be built: ${errors.slice(-500)}`)
  return program
}
