import { afterAll, beforeAll, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  providerSecret,
  startProvider,
  type TestProvider,
} from '../services/testing/sign-in-provider.ts'
import { commandOf } from '../scripts/harness/program.ts'

let folder: string
let provider: TestProvider

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-provider-'))
  provider = await startProvider()
})
afterAll(async () => {
  await provider.close()
  await rm(folder, { recursive: true })
})

async function run(input: string, ...args: string[]) {
  const child = Bun.spawn([...commandOf('operator/user.ts'), ...args], {
    cwd: join(import.meta.dir, '..'),
    env: {
      ...process.env,
      DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
      SECRET_FILE: `${folder}/secret`,
      SAMPLE_DATA: 'false',
    },
    stdio: [Buffer.from(input), 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { code: await child.exited, output, errors }
}

it('an operator connects a provider, maps its groups, and removes it', async () => {
  const { issuer } = provider
  const add = ['provider', 'add', 'acme', issuer, 'campus', 'Acme Ltd']
  expect((await run('', ...add)).errors).toContain('Send the client secret as input')
  const added = await run(`${providerSecret}\n`, ...add)
  expect(added).toMatchObject({ code: 0, errors: '' })
  expect(added.output).toContain('http://127.0.0.1:3000/oidc/acme')
  expect(added.output).not.toContain(providerSecret)
  await run('', 'group', 'create', 'Night shift')
  expect((await run('', 'provider', 'groups', 'acme', 'groups')).code).toBe(0)
  expect((await run('', 'provider', 'map', 'acme', 'it', 'admin')).output).toContain('it: admin')
  const mapped = await run('', 'provider', 'map', 'acme', 'drivers', 'night shift')
  expect(mapped.output).toMatch(/drivers: [0-9a-f-]{36}/)
  const listed = await run('', 'providers')
  expect(listed.output).toContain(`acme  Acme Ltd  ${issuer}  client campus`)
  expect((await run('', 'provider', 'unmap', 'acme', 'it')).output).not.toContain('it: admin')
  expect((await run('', 'provider', 'map', 'acme', 'x', 'no such')).errors).toContain('no group')
  expect((await run('', 'provider', 'remove', 'acme')).code).toBe(0)
  expect((await run('', 'providers')).output).toBe('none\n')
}, 90_000)
