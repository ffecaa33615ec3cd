import { describe, expect, it, setDefaultTimeout } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../scripts/harness/run-system.ts'

setDefaultTimeout(60_000)

const root = join(import.meta.dir, '..')
const folder = join(tmpdir(), `campus-fail-${process.pid}`)

async function run(command: string[], environment: Record<string, string>) {
  const child = Bun.spawn([process.execPath, ...command], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    stdout: 'ignore',
    stderr: 'pipe',
  })
  return [await child.exited, (await child.stderr.text()).trim()] as const
}

const commands = {
  start: ['serve.ts'],
  backup: ['operator/backup.ts', folder],
  'files check': ['operator/files.ts', 'check'],
  'user reset': ['operator/user.ts', 'reset', 'admin'],
}

describe('a command that fails', () => {
  for (const [name, command] of Object.entries(commands)) {
    it(`names the unavailable database, and what to change: ${name}`, async () => {
      const [port] = freePorts(1)
      const secrets = await mkdtemp(join(tmpdir(), 'campus-fail-secret-'))
      const [code, said] = await run(command, {
        DATABASE_URL: `postgres://someone:hush@127.0.0.1:${port}/{service}`,
        SECRET_FILE: `${secrets}/secret`,
        BLOB_URL: `file:${secrets}/blobs`,
        LOG_LEVEL: 'error',
      })
      await rm(secrets, { recursive: true })
      expect(code).toBe(1)
      expect(said).toMatch(/^The database of \w+ cannot be opened: .*_DATABASE_URL/)
      expect(said.split('\n')).toHaveLength(1)
      expect(said).not.toContain('hush')
      expect(existsSync(folder)).toBe(false)
    })

    it(`names the wrong variable: ${name}`, async () => {
      const [code, said] = await run(command, { PORT: 'abc' })
      expect(code).toBe(1)
      expect(said).toMatch(/^The environment cannot be used.*\n {2}PORT="abc": /)
      expect(said).not.toContain('    at ')
    })
  }

  it('does nothing for an unknown word, and lists the known ones', async () => {
    const typos = [
      ['operator/secrets.ts', 'rotat', `--at=${folder}`],
      ['operator/doctor.ts', '--help'],
      ['operator/doctor.ts', 'inventory'],
      ['operator/doctor.ts', '--json'],
    ]
    for (const [script = '', ...words] of typos) {
      const [code, said] = await run([script, ...words], {})
      expect([script, code]).toEqual([script, 2])
      expect(said).toStartWith('bun run ')
    }
    expect(existsSync(folder)).toBe(false)
  })
})
