import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { compose } from '../services/compose.ts'
import { serviceNames } from '../services/index.ts'
import type { UsersApi } from '../services/users/index.ts'
import { hashApiKey, looksLikeApiKey } from '../shared/api-key.ts'
import { readConfig } from '../shared/host/config.ts'
import { createLog } from '../shared/host/log.ts'
import type { Role, User } from '../shared/schemas/user.ts'
import { fail, orFail } from './fail.ts'
import { findGroup, groupUsage, runGroupCommand } from './user/group.ts'
import { leavingUsage, othersOf, runLeavingCommand } from './user/leaving.ts'
import { passkeyUsage, runPasskeyCommand } from './user/passkey.ts'
import { providerUsage, runProviderCommand } from './user/provider.ts'

const usage = `bun run user <command>

Manages accounts in the database of the users service; reads the same environment as the service.

  create <username> <email> [admin]   creates an account and shows its password once
  role <username> member|admin        changes the role; ends all logins of the user
  invite [<email>] [admin] [--group <group>]…   mails an invitation, or shows a link to pass on
  link <username>                     shows a link to set a new password with, once, within a day
  reset <username>                    sets a new password, shown once; ends all logins of the user
  api-keys <username>                 lists the API keys of the user
  revoke-api-key <id or key>          ends an API key; the key itself will do, as a scanner found it
  reset-second-factor <username>      turns all of them off for somebody who lost theirs
${passkeyUsage}
  rotate-keys                         signs new tokens with a new key, in a minute
  revoke-keys                         replaces the keys at once: access tokens are refused within
                                      seconds, and clients refresh them; nobody is logged out
${leavingUsage}
${groupUsage}
${providerUsage}`

const [command, ...args] = process.argv.slice(2)
const log = createLog({ level: 'error', format: 'json' })
const config = orFail(() => readConfig(process.env, serviceNames))
const parts = ['users', ...othersOf(command, config)] as const
const system = await compose({ parts, config, log }).catch(fail)
const { api } = system.clientOf<UsersApi>('operator', 'users')
const message = await run().catch((error: Error) => error)
await system.close()
log.flush()
if (message instanceof Error) console.error(message.message)
else console.log(message)
process.exitCode = message instanceof Error ? 1 : 0

async function run(): Promise<string> {
  const [username = '', second = '', third] = args
  if (command === 'create' && second) return create(username, second, third === 'admin')
  if (command === 'role' && second) return change(username, { role: second as Role })
  if (command === 'reset' && username) return reset(username)
  if (command === 'reset-second-factor' && username) return resetSecondFactor(username)
  if (command === 'api-keys' && username) return listApiKeys(username)
  if (command === 'revoke-api-key' && username) return revokeApiKey(username)
  if (command === 'invite') return invite(args)
  if (command === 'link' && username) return link(username)
  if (command === 'rotate-keys') return rotateKeys()
  if (command === 'revoke-keys') return revokeKeys()
  const done = await runAbout(command)
  if (done) return done
  throw new Error(usage)
}

// What has commands of its own; its plural lists.
async function runAbout(what: string | undefined): Promise<string | undefined> {
  const words = what?.endsWith('s') ? ['list'] : args
  const readInput = () => Bun.stdin.text()
  const tools = { api, findUser: find, requireData, readInput }
  if (what === 'groups' || what === 'group') return runGroupCommand(words, tools)
  if (what === 'providers' || what === 'provider') return runProviderCommand(words, tools)
  const own = [what ?? '', ...args]
  return (await runLeavingCommand(own, tools)) ?? runPasskeyCommand(own, tools)
}

async function create(username: string, email: string, isAdmin: boolean): Promise<string> {
  const password = makePassword()
  const { data, error } = await api.users.post({ username, email, password })
  if (error) throw new Error(describe(error.value))
  if (isAdmin) await change(data.username, { role: 'admin' })
  return `${username} is ${isAdmin ? 'an administrator' : 'a member'}, password ${password}`
}

async function invite(words: string[]): Promise<string> {
  const { values, positionals } = readWords(words)
  const email = positionals.find((word) => word !== 'admin')
  const role = positionals.includes('admin') ? 'admin' : 'member'
  const found = await Promise.all(values.group.map((it) => findGroup(it, { api, requireData })))
  const groups = found.map(({ id }) => id)
  const { data, error } = await api.invitations.post({ role, groups, ...(email && { email }) })
  if (error) throw new Error(describe(error.value))
  const shown = data.link ?? `An invitation is on its way to ${email}`
  return `${shown}\nIt works once, until ${data.expires}`
}

function readWords(args: string[]) {
  const options = { group: { type: 'string', multiple: true, default: [] as string[] } } as const
  return parseArgs({ args, options, allowPositionals: true })
}

async function link(username: string): Promise<string> {
  const { id } = await find(username)
  const { data, error } = await api.users({ id }).password_link.post()
  if (error) throw new Error(describe(error.value))
  return `${data.link}\nIt sets a new password, once, until ${data.expires}`
}

async function reset(username: string): Promise<string> {
  const password = makePassword()
  await change(username, { password })
  return `${username} has the new password ${password}`
}

async function change(username: string, body: { role?: Role; password?: string }): Promise<string> {
  const { id } = await find(username)
  const { data, error } = await api.users({ id }).patch(body)
  if (error) throw new Error(describe(error.value))
  return `${data.username} is ${data.role === 'admin' ? 'an administrator' : 'a member'}`
}

async function resetSecondFactor(username: string): Promise<string> {
  const { id } = await find(username)
  const { error } = await api.users({ id }).second_factor.delete()
  if (error?.status === 404) throw new Error(`${username} has no second factor.`)
  if (error) throw new Error(describe(error.value))
  return `${username} logs in with the password alone, until they turn it on again`
}

async function listApiKeys(username: string): Promise<string> {
  const { id } = await find(username)
  const { data, error } = await api.api_keys.get({ query: { user_id: id } })
  if (error) throw new Error(describe(error.value))
  const lines = data.map(({ id, name, scopes, expires, last_used }) =>
    [id, scopes.join(' '), `until ${expires}`, `last used ${last_used ?? 'never'}`, name].join(
      '  ',
    ),
  )
  return lines.join('\n') || `${username} has no API keys`
}

async function revokeApiKey(idOrKey: string): Promise<string> {
  const id = looksLikeApiKey(idOrKey) ? await findApiKey(idOrKey) : idOrKey
  const { error } = await api.api_keys({ id }).delete()
  if (error) throw new Error(describe(error.value))
  return `The API key ${id} is revoked: every service refuses it within 5 s`
}

async function findApiKey(key: string): Promise<string> {
  const { data, error } = await api.api_keys.owner.post({ key_hash: hashApiKey(key) })
  if (error?.status === 404)
    throw new Error('There is no such API key: it was revoked, or expired.')
  if (error) throw new Error(describe(error.value))
  return data.id
}

async function rotateKeys(): Promise<string> {
  const { data, error } = await api.signing_keys.post()
  if (error) throw new Error(describe(error.value))
  return `The key ${data.id} signs in a minute; the old keys verify until their tokens expire`
}

async function revokeKeys(): Promise<string> {
  const { data, error } = await api.signing_keys.delete()
  if (error) throw new Error(describe(error.value))
  return `The key ${data.id} signs from now on; tokens of the old keys are refused within seconds`
}

async function find(username: string): Promise<User> {
  const { data, error } = await api.users.get({ query: { q: username, limit: '200' } })
  if (error) throw new Error(describe(error.value))
  const user = data.find((each) => each.username.toLowerCase() === username.toLowerCase())
  if (!user) throw new Error(`There is no user ${username}.`)
  return user
}

function requireData<T>({ data, error }: { data: T | null; error: { value: unknown } | null }): T {
  if (error) throw new Error(describe(error.value))
  return data as T
}

function describe(problem: unknown): string {
  return (problem as { detail?: string }).detail ?? JSON.stringify(problem)
}

function makePassword(): string {
  return randomBytes(12).toString('base64url')
}
