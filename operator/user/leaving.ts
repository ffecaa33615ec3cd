import type { Config } from '../../shared/host/config.ts'
import type { Holdings } from '../../shared/schemas/leaving.ts'
import { untilDone } from '../../shared/until-done.ts'
import type { Tools } from './tools.ts'

export const leavingUsage = `  disable <username>                  blocks all access to the account
  enable <username>                   restores access, with the same password
  holdings <username>                 shows their future bookings, files and keys
  hand-over <username> <colleague> [bookings|files]   transfers both, or one, to a colleague
  release-bookings <username>         cancels their future bookings and frees the time`

const asksOthers = /^(?:holdings|hand-over|release-bookings)$/

/** The services that a command needs besides users: composed with it, unless they run elsewhere. */
export function othersOf(command = '', { serviceUrls }: Pick<Config, 'serviceUrls'>) {
  const others = asksOthers.test(command) ? (['inventory', 'bookings', 'files'] as const) : []
  return others.filter((name) => serviceUrls(name) === undefined)
}

/** The commands about leaving users. @returns undefined for another command */
export async function runLeavingCommand(
  [command = '', username = '', colleague = '', what]: readonly string[],
  { api, findUser, requireData }: Tools,
): Promise<string | undefined> {
  if (!username) return undefined
  // Wrapped, so that the client itself is not awaited.
  const find = async () => ({ account: api.users({ id: (await findUser(username)).id }) })

  async function setDisabled(disabled: boolean): Promise<string> {
    const { account } = await find()
    requireData(await account.patch({ disabled }))
    return disabled
      ? `${username} is disabled: logins and API keys end within 5 s`
      : `${username} can log in again`
  }

  async function handOver(): Promise<string> {
    const { account } = await find()
    const { id: to } = await findUser(colleague)
    const parts = what === undefined ? ['bookings', 'files'] : [what]
    const body = { to, ...Object.fromEntries(parts.map((part) => [part, true])) }
    const done = { bookings: 0, files: 0 }
    await untilDone(async () => {
      const answer = requireData(await account.hand_over.post(body))
      done.bookings += answer.bookings?.done ?? 0
      done.files += answer.files?.done ?? 0
      return [answer.bookings, answer.files]
    })
    return `${colleague} has ${done.bookings} bookings and ${done.files} files of ${username} now`
  }

  async function release(): Promise<string> {
    const { account } = await find()
    let count = 0
    await untilDone(async () => {
      const progress = requireData(await account.release_bookings.post({ bookings: true }))
      count += progress.done
      return [progress]
    })
    return `${count} bookings of ${username} are released`
  }

  if (command === 'disable') return setDisabled(true)
  if (command === 'enable') return setDisabled(false)
  if (command === 'holdings') {
    const { account } = await find()
    return describe(requireData(await account.holdings.get()))
  }
  const isPart = what === undefined || what === 'bookings' || what === 'files'
  if (command === 'hand-over' && colleague && isPart) return handOver()
  if (command === 'release-bookings') return release()
  return undefined
}

function describe({ bookings, booked, files, api_keys, groups, invitations }: Holdings): string {
  const lines = [
    bookings
      ? `bookings ahead  ${bookings.count}, of which held ${bookings.held}`
      : 'bookings ahead  unknown: inventory does not answer',
    ...(bookings?.resources.map(({ name, count }) => `  ${name}  ${count}`) ?? []),
    booked
      ? `by rules        ${booked.count}, of which requested ${booked.requested}; ` +
        `in hand ${booked.out}`
      : 'by rules        unknown: bookings does not answer',
    ...(bookings ? [`waiting list    ${bookings.waiting}`] : []),
    files
      ? `files           ${files.count}, ${files.bytes} bytes, unfinished uploads ${files.uploads}`
      : 'files           unknown: files does not answer',
    `API keys        ${api_keys}`,
    `manages         ${groups.map(({ name }) => name).join(', ') || 'no group'}`,
    `invitations     ${invitations}`,
  ]
  return lines.join('\n')
}
