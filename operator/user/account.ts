import { parseArgs } from 'node:util'
import type { Role, User } from '../../shared/schemas/user.ts'
import { printAll, readPages } from './lists.ts'
import type { Tools } from './tools.ts'

export const accountUsage = `  users [--role member|admin] [--disabled|--enabled] [--json]
                                      lists the accounts
  log-out <username> [keys]           ends all logins within 5 s; with keys, also API keys`

/** The commands about accounts and their logins. @returns undefined for another command */
export async function runAccountCommand(
  [command, ...args]: readonly string[],
  tools: Tools,
): Promise<string | undefined> {
  if (command === 'users') return list(args, tools)
  const [username = '', what] = args
  const isKnown = what === undefined || what === 'keys'
  if (command !== 'log-out' || !username || !isKnown) return undefined
  return logOut(username, what === 'keys', tools)
}

async function list(args: string[], tools: Tools): Promise<string | undefined> {
  const isOne = { type: 'boolean', default: false } as const
  const options = {
    role: { type: 'string' },
    disabled: isOne,
    enabled: isOne,
    json: isOne,
  } as const
  const { role, disabled, enabled, json } = parseArgs({ args, options }).values
  const isRole = role === undefined || role === 'member' || role === 'admin'
  if (!isRole || (disabled && enabled)) return undefined
  const state = disabled ? 'true' : enabled ? 'false' : undefined
  const filter: { role?: Role; disabled?: 'true' | 'false' } = {
    ...(role && { role }),
    ...(state && { disabled: state }),
  }
  async function* lines() {
    const pages = readPages<User>(
      (page) => tools.api.users.get({ query: { ...filter, ...page } }),
      tools,
    )
    for await (const page of pages) {
      yield* page.map((user) => (json ? JSON.stringify(user) : toLine(user)))
    }
  }
  const said = await printAll(lines(), tools)
  return json ? '' : said
}

function toLine({ username, role, disabled, email, display_name, created }: User): string {
  const state = disabled ? 'disabled' : 'in use'
  return [username, role, state, `since ${created}`, email, display_name].join('  ')
}

async function logOut(username: string, withKeys: boolean, tools: Tools): Promise<string> {
  const { api, findUser, requireData } = tools
  const { id } = await findUser(username)
  requireData(await api.users({ id }).logins.delete())
  const said = `${username} is logged out everywhere: access tokens end within 5 s`
  if (!withKeys) return said
  const keys = requireData(await api.api_keys.get({ query: { user_id: id } }))
  for (const key of keys) requireData(await api.api_keys({ id: key.id }).delete())
  return `${said}\n${keys.length} API keys are revoked`
}
