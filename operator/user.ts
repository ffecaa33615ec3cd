import { randomBytes } from 'node:crypto'
import { compose } from '../services/compose.ts'
import { serviceNames } from '../services/index.ts'
import type { UsersApi } from '../services/users/index.ts'
import { hashApiKey, looksLikeApiKey } from '../shared/api-key.ts'
import { readConfig } from '../shared/host/config.ts'
import { createLog } from '../shared/host/log.ts'
import type { Role, User } from '../shared/schemas/user.ts'
import { fail, orFail } from './fail.ts'
import { accountUsage, runAccountCommand } from './user/account.ts'
import { groupUsage, runGroupCommand } from './user/group.ts'
import { invitationUsage, runInvitationCommand } from './user/invitation.ts'
import { readPages } from './user/lists.ts'
import { leavingUsage, othersOf, runLeavingCommand } from './user/leaving.ts'
import { passkeyUsage, runPasskeyCommand } from './user/passkey.ts'
import { providerUsage, runProviderCommand } from './user/provider.ts'
import { runSecurityLogCommand, securityLogUsage } from './user/security-log.ts'
import type { Tools } from './user/tools.ts'

const usage = `bun run user <command>

Manages accounts in the database of the users service, also while it runs. Reads the same
environment as the service. Exits with 0 on success, 1 if refused (the reason is on standard error),
2 for an unknown command.

  create <username> <email> [admin]   creates an account and shows its password once
  role <username> member|admin        changes the role; ends all logins of the user
${accountUsage}
${invitationUsage}
  link <username>                     shows a link to set a new password; works once, for a day
  reset <username>                    sets a new password, shown once; ends all logins of the user
  api-keys <username>                 lists the API keys of the user
  revoke-api-key <id or key>          ends an API key, given by its id or the key itself
  reset-second-factor <username>      removes all second factors of the user
${passkeyUsage}
  rotate-keys                         signs new tokens with a new key, within a minute
  revoke-keys                         replaces all signing keys: access tokens are refused within
                                      seconds, clients refresh them, nobody is logged out
${leavingUsage}
${groupUsage}
${providerUsage}
${securityLogUsage}
  help                                shows this`

const [command, ...args] = process.argv.slice(2)
if (command === 'help' || command === '--help') {
  console.log(usage)
  process.exit(0)
}
const log = createLog({ level: 'error', format: 'json' })
const config = orFail(() => readConfig(process.env, serviceNames))
const parts = ['users', ...othersOf(command, config)] as const
const system = await compose({ parts, config, log }).catch(fail)
const { api } = system.clientOf<UsersApi>('operator', 'users')
const message = await run().catch((error: Error) => error)
await system.close()
log.flush()
if (message === undefined || isMisspelt(message)) {
  const given = process.argv.slice(2).join(' ')
  fail(given ? `${usage}\n\nNo such command, or one without all its arguments: ${given}` : usage, 2)
}
if (message instanceof Error) fail(message)
if (message) console.log(message)

/** @returns the last line of output; undefined for an unknown command */
async function run(): Promise<string | undefined> {
  const [username = '', second = '', third] = args
  if (command === 'create' && second) return create(username, second, third === 'admin')
  if (command === 'role' && second) return change(username, { role: second as Role })
  if (command === 'reset' && username) return reset(username)
  if (command === 'reset-second-factor' && username) return resetSecondFactor(username)
  if (command === 'api-keys' && username) return listApiKeys(username)
  if (command === 'revoke-api-key' && username) return revokeApiKey(username)
  if (command === 'link' && username) return link(username)
  if (command === 'rotate-keys') return rotateKeys()
  if (command === 'revoke-keys') return revokeKeys()
  return runAbout(command)
}

// Subjects with commands of their own; the plural lists them.
async function runAbout(what: string | undefined): Promise<string | undefined> {
  const words = what?.endsWith('s') ? ['list'] : args
  const tools: Tools = {
    api,
    findUser: find,
    requireData,
    readInput: () => Bun.stdin.text(),
    print: (line) => console.log(line),
  }
  if (what === 'groups' || what === 'group') return runGroupCommand(words, tools)
  if (what === 'providers' || what === 'provider') return runProviderCommand(words, tools)
  const own = [what ?? '', ...args]
  return (
    (await runAccountCommand(own, tools)) ??
    (await runInvitationCommand(own, tools)) ??
    (await runSecurityLogCommand(own, tools)) ??
    (await runLeavingCommand(own, tools)) ??
    runPasskeyCommand(own, tools)
  )
}

// An unknown option.
function isMisspelt(problem: unknown): boolean {
  return String((problem as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
}

async function create(username: string, email: string, isAdmin: boolean): Promise<string> {
  const password = makePassword()
  const { data, error } = await api.users.post({ username, email, password })
  if (error) throw new Error(describe(error.value))
  if (isAdmin) await change(data.username, { role: 'admin' })
  return `${username} is ${isAdmin ? 'an administrator' : 'a member'}, password ${password}`
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
  const isMeant = (user: User) => user.username.toLowerCase() === username.toLowerCase()
  const pages = readPages<User>((page) => api.users.get({ query: { q: username, ...page } }), {
    requireData,
  })
  for await (const page of pages) {
    const user = page.find(isMeant)
    if (user) return user
  }
  throw new Error(`There is no user ${username}.`)
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
