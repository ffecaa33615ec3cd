import type { Tools } from './tools.ts'

export const passkeyUsage = `  passkeys <username>                 lists the passkeys of the user
  remove-passkey <id>                 removes a passkey, such as a lost one`

/** The commands about passkeys. @returns undefined for another command */
export async function runPasskeyCommand(
  [command, argument = '']: readonly string[],
  { api, findUser, requireData }: Tools,
): Promise<string | undefined> {
  if (command === 'passkeys' && argument) {
    const { id } = await findUser(argument)
    const list = requireData(await api.passkeys.get({ query: { user_id: id } }))
    const lines = list.map(({ id, name, created, last_used }) =>
      [id, `added ${created}`, `last used ${last_used ?? 'never'}`, name].join('  '),
    )
    return lines.join('\n') || `${argument} has no passkeys`
  }
  if (command === 'remove-passkey' && argument) {
    requireData(await api.passkeys({ id: argument }).delete())
    return `The passkey ${argument} is removed`
  }
  return undefined
}
