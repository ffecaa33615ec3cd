import { parseArgs } from 'node:util'
import { securityEvents } from '../../shared/host/security-log.ts'
import { readInstant, toInstant } from '../../shared/instant.ts'
import type { SecurityEvent } from '../../shared/schemas/security-event.ts'
import { directoryIdsMax } from '../../shared/schemas/directory.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import { printAll, readPages } from './lists.ts'
import type { Tools } from './tools.ts'
import { day_ms, hour_ms, minute_ms } from '../../shared/duration.ts'

export const securityLogUsage = `  security-log [--kind <kind>] [--since <when>] [--json]
                                      shows who did what, newest first; since a time, or
                                      30m, 24h, 7d ago; --json prints every field`

const length_ms = { m: minute_ms, h: hour_ms, d: day_ms }

/** Reads the security log. @returns undefined for another command */
export async function runSecurityLogCommand(
  [command, ...args]: readonly string[],
  tools: Tools,
): Promise<string | undefined> {
  if (command !== 'security-log') return undefined
  const options = {
    kind: { type: 'string' },
    since: { type: 'string' },
    json: { type: 'boolean', default: false },
  } as const
  const { kind, since, json } = parseArgs({ args, options }).values
  if (kind !== undefined && !(securityEvents as string[]).includes(kind)) {
    throw new Error(`There is no kind ${kind}. There are ${securityEvents.join(', ')}.`)
  }
  const filter = { ...(kind && { kind }), ...(since && { from: readSince(since) }) }
  async function* lines() {
    const pages = readPages<SecurityEvent>(
      (page) => tools.api.security_events.get({ query: { ...filter, ...page } }),
      tools,
    )
    for await (const page of pages) {
      const names = json ? new Map<string, string>() : await readNames(page, tools)
      yield* page.map((event) => (json ? JSON.stringify(event) : toLine(event, names)))
    }
  }
  const said = await printAll(lines(), tools)
  return json ? '' : said
}

/** @throws Error for anything but a time or a duration */
function readSince(since: string): string {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(since) ?? []
  const ago = Number(count) * length_ms[unit as keyof typeof length_ms]
  const isDay = /^\d{4}-\d\d-\d\d$/.test(since)
  const at = count ? Date.now() - ago : readInstant(isDay ? `${since}T00:00:00Z` : since)
  const from = at === undefined ? null : toInstant(at)
  if (from) return from
  throw new Error(`${since} is no time. Write 2027-03-01, 2027-03-01T09:00:00Z, 30m, 24h or 7d.`)
}

/** The names of users; removed ones have none. */
async function readNames(events: SecurityEvent[], { api, requireData }: Tools) {
  const ids = [...new Set(events.flatMap(({ actor, user_id }) => [actor, user_id]))].filter(isId)
  const names = new Map<string, string>()
  for (let at = 0; at < ids.length; at += directoryIdsMax) {
    const query = { ids: ids.slice(at, at + directoryIdsMax).join(',') }
    const found = requireData(await api.directory.get({ query }))
    for (const { id, display_name } of found) if (display_name) names.set(id, display_name)
  }
  return names
}

function toLine(event: SecurityEvent, names: ReadonlyMap<string, string>): string {
  const { at, kind, actor, user_id, count, detail, request_id } = event
  const nameOf = (id: string) => names.get(id) ?? id
  return [
    at,
    kind,
    `by ${nameOf(actor)}`,
    ...(user_id && user_id !== actor ? [`about ${nameOf(user_id)}`] : []),
    ...(count > 1 ? [`${count} times`] : []),
    ...(detail ? [JSON.stringify(detail)] : []),
    ...(request_id ? [`request ${request_id}`] : []),
  ].join('  ')
}
