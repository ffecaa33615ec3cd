import { onTestFinished } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { productionEnvironment, readAuthorization } from '../../scripts/harness/administrator.ts'
import { commandOf } from '../../scripts/harness/program.ts'

export type Environment = Record<string, string>

/** A startable system, and the folder for its backup. */
export async function prepare(makeDatabase: MakeDatabase) {
  const parent = await mkdtemp(join(tmpdir(), 'campus-backup-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const environment: Environment = {
    ...productionEnvironment,
    DATABASE_URL: (await makeFor(makeDatabase)).url,
    BLOB_URL: `file:${parent}/blobs`,
  }
  return { folder: join(parent, 'backup'), environment }
}

/** The same settings for an empty system. */
export async function moveTo(
  makeDatabase: MakeDatabase,
  environment: Environment,
): Promise<Environment> {
  const { url } = await makeFor(makeDatabase)
  const blobs = await mkdtemp(join(tmpdir(), 'campus-restored-'))
  onTestFinished(() => rm(blobs, { recursive: true, force: true }))
  return { ...environment, DATABASE_URL: url, BLOB_URL: `file:${blobs}` }
}

async function makeFor(makeDatabase: MakeDatabase) {
  const database = await makeDatabase()
  onTestFinished(database.remove)
  return database
}

export function startScript(script: string, words: string[], environment: Environment) {
  return Bun.spawn([...commandOf(`operator/${script}.ts`), ...words], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** @returns its exit code and standard error */
export async function run(
  script: string,
  words: string[],
  environment: Environment,
): Promise<[code: number, errors: string]> {
  const child = startScript(script, words, environment)
  const [errors] = await Promise.all([child.stderr.text(), child.stdout.text()])
  return [await child.exited, errors]
}

export async function upload(url: string, text: string): Promise<string> {
  const form = new FormData()
  form.append('upfile', new File([text], 'note.txt'))
  const headers = { authorization: await readAuthorization(url) }
  const answer = await fetch(`${url}/api/files`, { method: 'POST', headers, body: form })
  return ((await answer.json()) as { file_hash: string }).file_hash
}

export async function download(url: string, hash: string): Promise<string> {
  const headers = { authorization: await readAuthorization(url) }
  return (await fetch(`${url}/api/files/${hash}/content`, { headers })).text()
}
