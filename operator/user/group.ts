import type { Group, GroupRole } from '../../shared/schemas/group.ts'
import type { Tools } from './tools.ts'

export const groupUsage = `  groups                              lists the groups
  group create|delete <group>         adds a group, or deletes it; its members keep their accounts
  group show <group>                  lists its members
  group add <group> <username> [manager]   adds a member, or changes whether they manage it
  group remove <group> <username>     removes a member`

/** The commands about groups. @returns undefined for another command */
export async function runGroupCommand(
  args: readonly string[],
  { api, findUser, requireData }: Tools,
): Promise<string | undefined> {
  const [command = '', name = '', username = '', role] = args

  const find = () => findGroup(name, { api, requireData })
  const placeOf = async () => {
    const [{ id }, user] = [await find(), await findUser(username)]
    return { place: api.groups({ id }).members({ user_id: user.id }), user }
  }

  if (command === 'list') {
    const groups = requireData(await api.groups.get({ query: { limit: '200' } }))
    return toLines(groups.map((group) => group.name))
  }
  if (command === 'create' && name) {
    return `There is a group ${requireData(await api.groups.post({ name })).name}`
  }
  if (command === 'delete' && name) {
    requireData(await api.groups({ id: (await find()).id }).delete())
    return `The group ${name} is deleted`
  }
  if (command === 'show' && name) {
    const { members } = api.groups({ id: (await find()).id })
    const found = requireData(await members.get({ query: { limit: '200' } }))
    return toLines(found.map((member) => `${member.display_name}  ${member.role}  ${member.id}`))
  }
  if (command === 'add' && username && (role === undefined || role === 'manager')) {
    const { place, user } = await placeOf()
    const wanted: GroupRole = role ?? 'member'
    requireData(await place.put({ role: wanted }))
    return `${user.username} is a ${wanted} of ${name}`
  }
  if (command === 'remove' && username) {
    const { place, user } = await placeOf()
    requireData(await place.delete())
    return `${user.username} is not in ${name}`
  }
  return undefined
}

/** @throws Error when there is none of that name */
export async function findGroup(
  name: string,
  { api, requireData }: Pick<Tools, 'api' | 'requireData'>,
): Promise<Group> {
  const groups = requireData(await api.groups.get({ query: { q: name, limit: '200' } }))
  const isNamed = (group: Group) => group.name.toLowerCase() === name.toLowerCase()
  const group = groups.find(isNamed)
  if (!group) throw new Error(`There is no group ${name}.`)
  return group
}

function toLines(lines: string[]): string {
  return lines.join('\n') || 'none'
}
