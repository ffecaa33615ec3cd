import { parseArgs } from 'node:util'
import type { Invitation, MadeInvitation } from '../../shared/schemas/invitation.ts'
import { findGroup } from './group.ts'
import { printAll, readPages } from './lists.ts'
import type { Tools } from './tools.ts'

export const invitationUsage = `  invite [<email>] [admin] [--group <group>]…
                                      mails an invitation, or shows a link to pass on
  invitations                         lists open ones: id, expiry, role, invited, inviter
  renew-invitation <id>               mails a new link, or shows it; the former one ends
  revoke-invitation <id>              revokes it: its link stops working`

/** The commands about invitations. @returns undefined for another command */
export async function runInvitationCommand(
  [command, ...args]: readonly string[],
  tools: Tools,
): Promise<string | undefined> {
  const [id = ''] = args
  if (command === 'invite') return invite(args, tools)
  if (command === 'invitations' && args.length === 0) return printAll(list(tools), tools)
  if (command === 'renew-invitation' && id) {
    return toShown(tools.requireData(await tools.api.invitations({ id }).link.post()))
  }
  if (command !== 'revoke-invitation' || !id) return undefined
  tools.requireData(await tools.api.invitations({ id }).delete())
  return `The invitation ${id} is revoked`
}

async function invite(args: string[], tools: Tools): Promise<string> {
  const options = { group: { type: 'string', multiple: true, default: [] as string[] } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const email = positionals.find((word) => word !== 'admin')
  const role = positionals.includes('admin') ? 'admin' : 'member'
  const found = await Promise.all(values.group.map((it) => findGroup(it, tools)))
  const groups = found.map((group) => group.id)
  const body = { role, groups, ...(email && { email }) } as const
  return toShown(tools.requireData(await tools.api.invitations.post(body)))
}

function toShown({ link, email, expires }: MadeInvitation): string {
  return `${link ?? `An invitation is on its way to ${email}`}\nIt works once, until ${expires}`
}

async function* list(tools: Tools): AsyncGenerator<string> {
  const ask = (query: { limit: string; cursor?: string }) => tools.api.invitations.get({ query })
  for await (const page of readPages<Invitation>(ask, tools)) yield* page.map(toLine)
}

function toLine({ id, role, email, invited_by, expires, groups }: Invitation): string {
  const whom = email ? `for ${email}` : 'for anybody with the link'
  const into = groups.length > 0 ? [`into ${groups.length} groups`] : []
  const by = invited_by ? [`by ${invited_by}`] : []
  return [id, `until ${expires}`, role, whom, ...into, ...by].join('  ')
}
