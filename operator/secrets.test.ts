import { expect, it } from 'bun:test'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partNames } from '../services/index.ts'
import { createSecret } from '../shared/host/secret.ts'
import { createServiceTokens, readServiceKeys } from '../shared/host/service-token.ts'

it('give each service a key known to the others, also during rotation', async () => {
  const at = await mkdtemp(join(tmpdir(), 'campus-secrets-'))
  const folder = join(at, 'deploy/secrets')
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  const make = async (...words: string[]) => {
    const command = [process.execPath, 'operator/secrets.ts', ...words, `--at=${at}`]
    const { exited } = Bun.spawn(command, { cwd: join(import.meta.dir, '..'), stdout: 'ignore' })
    expect(await exited).toBe(0)
  }
  const tokensOf = async (name: string) =>
    createServiceTokens({
      secret: createSecret(await read(`${name}-secret`)),
      keys: readServiceKeys(await read('service-keys')),
      callers: partNames,
      callees: [name],
      clock: Date.now,
    })

  // A folder from when all services shared one.
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'secret'), 'the secret that all services shared')
  await make()
  expect(await read('users-secret-previous')).toBe('the secret that all services shared')
  const books = await tokensOf('books')
  const first = await read('books-secret')
  const token = await books.sign('books', 'users')
  expect(await (await tokensOf('users')).verify(token)).toMatchObject({ caller: 'books' })
  expect((await tokensOf('users')).verify(await books.sign('files', 'users'))).rejects.toThrow()

  await make()
  expect(await read('books-secret')).toBe(first)
  await make('rotate')
  expect(await read('books-secret')).not.toBe(first)
  expect(await read('books-secret-previous')).toBe(first)
  const users = await tokensOf('users')
  expect(await users.verify(token)).toMatchObject({ caller: 'books' })
  const renewed = await (await tokensOf('books')).sign('books', 'users')
  expect(await users.verify(renewed)).toMatchObject({ caller: 'books' })
  await make('rotate')
  expect((await tokensOf('users')).verify(token)).rejects.toThrow()
  await rm(at, { recursive: true })
}, 60_000)
