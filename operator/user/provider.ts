import type { GroupMapping, IdentityProvider } from '../../shared/schemas/identity-provider.ts'
import { findGroup } from './group.ts'
import type { Tools } from './tools.ts'

export const providerUsage = `  providers                           lists the sign-in providers
  provider add <id> <issuer> <client id> [<name>]   adds one; the client secret is read from input
  provider secret <id>                replaces the client secret, read from input
  provider accounts <id> on|off       whether it creates accounts, if SIGN_UP allows
  provider second-factor <id> on|off  whether it verifies a second factor itself
  provider groups <id> <claim>        reads groups from this claim; - reads none
  provider map <id> <value> <group>|admin   maps a group of the provider to a group here
  provider unmap <id> <value>         removes that mapping
  provider disconnect <id> <username> unlinks a user whose account there was recreated
  provider remove <id>                removes it; accounts and logins stay`

/** The commands about sign-in providers. @returns undefined for another command */
export async function runProviderCommand(
  args: readonly string[],
  { api, findUser, requireData, readInput }: Tools,
): Promise<string | undefined> {
  const [command = '', id = '', first = '', second = '', name] = args
  const { identity_providers: providers } = api
  const one = providers({ id })
  const isSwitch = first === 'on' || first === 'off'
  const change = async (body: Parameters<typeof one.patch>[0]) =>
    toLine(requireData(await one.patch(body)))

  async function readSecret(): Promise<string> {
    const secret = (await readInput()).trim()
    if (secret) return secret
    throw new Error('Send the client secret as input: … provider add … < secret-file')
  }

  async function map(): Promise<string> {
    const { group_mappings: before } = requireData(await one.get())
    return change({ group_mappings: [...before, await toMapping()] })
  }

  async function toMapping(): Promise<GroupMapping> {
    if (second === 'admin') return { value: first, role: 'admin' }
    const { id: group_id } = await findGroup(second, { api, requireData })
    return { value: first, group_id }
  }

  async function unmap(): Promise<string> {
    const { group_mappings: before } = requireData(await one.get())
    const rest = before.filter(({ value }) => value !== first)
    if (rest.length === before.length) throw new Error(`Nothing is known of ${first}.`)
    return change({ group_mappings: rest })
  }

  if (command === 'list') {
    return (
      requireData(await providers.get())
        .map(toLine)
        .join('\n') || 'none'
    )
  }
  if (command === 'add' && second) {
    const known = { id, name: name ?? id, issuer: first, client_id: second }
    const body = { ...known, client_secret: await readSecret() }
    return toLine(requireData(await providers.post(body)))
  }
  if (command === 'secret' && id) return change({ client_secret: await readSecret() })
  if (command === 'accounts' && isSwitch) return change({ creates_accounts: first === 'on' })
  if (command === 'second-factor' && isSwitch) return change({ asks_second_factor: first === 'on' })
  if (command === 'groups' && first) return change({ group_claim: first === '-' ? null : first })
  if (command === 'map' && second) return map()
  if (command === 'unmap' && first) return unmap()
  if (command === 'disconnect' && first) {
    const { id: user_id } = await findUser(first)
    requireData(await one.users({ user_id }).delete())
    return `${first} is not connected to ${id} any more`
  }
  if (command === 'remove' && id) {
    requireData(await one.delete())
    return `The provider ${id} is removed`
  }
  return undefined
}

function toLine(provider: IdentityProvider): string {
  const { id, name, issuer, client_id, group_claim, group_mappings, redirect_uri } = provider
  const accounts = toWord(provider.creates_accounts)
  const factor = toWord(provider.asks_second_factor)
  const lines = [
    `${id}  ${name}  ${issuer}  client ${client_id}`,
    `  register there: ${redirect_uri}, and ${provider.log_out_uri} for log-out`,
    `  accounts ${accounts}, second factor ${factor}`,
    ...(group_claim === null ? [] : [`  groups from ${group_claim}`]),
    ...group_mappings.map((mapping) =>
      'role' in mapping ? `  ${mapping.value}: admin` : `  ${mapping.value}: ${mapping.group_id}`,
    ),
  ]
  return lines.join('\n')
}

function toWord(isOn: boolean): string {
  return isOn ? 'on' : 'off'
}
