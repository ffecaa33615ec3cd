import { forbidden, isAdministrator, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { readInstant, toInstant } from '../../../shared/instant.ts'
import { invalid } from '../../../shared/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type {
  Utilisation,
  UtilisationKind,
  UtilisationRow,
} from '../../../shared/schemas/utilisation.ts'
import type { Policies } from '../policies.ts'
import { rightOf } from '../policy/judge.ts'
import type { Span } from '../policy/rules.ts'
import { toAsker, type Rulebook } from '../rulebook.ts'
import type { BookingsTables } from '../tables.ts'
import { add, createBookedTimes, nothing, type BookedTime } from './booked-times.ts'
import { createCapacity } from './capacity.ts'
import type { RefusedDemand, RefusedRow } from './refused-demand.ts'
import { createSubjects, type ReportReader } from './subjects.ts'
import { day_ms, hour_ms } from '../../../shared/duration.ts'

export interface UtilisationQuery {
  by: UtilisationKind
  from: string
  to: string
  type?: string | undefined
}

interface Request extends ReportReader {
  query: UtilisationQuery
  caller: Caller
}

/** One line of a report, in milliseconds. */
interface Line {
  key: string | null
  name: string | null
  booked: BookedTime
  capacity_ms: number | null
  refused: RefusedRow | null
}

interface Scope {
  window: Span
  whose: string
  reader: ReportReader
  /** The visible resources, used or not. */
  listResources: () => Promise<Resource[]>
  /** Undefined: all resources, including hidden ones. */
  only: string[] | undefined
}

interface Dependencies {
  policies: Policies
  demand: RefusedDemand
  rulebook: Rulebook
}

const windowMax_days = 366
const rowsMax = 10_000

/** Who used what, for managers. */
export function createUtilisation(
  context: Context,
  tables: BookingsTables,
  { policies, demand, rulebook }: Dependencies,
) {
  const times = createBookedTimes(context, tables)
  const subjects = createSubjects(context)

  /** @throws 403 for a caller who manages nothing, 422 for an invalid or too long window */
  async function report({ query, caller, ...reader }: Request): Promise<Utilisation> {
    const window = readWindow(query)
    const scope = await findScope({ query, caller, ...reader }, window)
    const lines = await list[query.by](scope)
    const rows = lines.map(toRow).toSorted((a, b) => b.booked_hours - a.booked_hours)
    return {
      by: query.by,
      from: toInstant(window.from) ?? '',
      to: toInstant(window.to) ?? '',
      rows: rows.slice(0, rowsMax),
      left_out: Math.max(0, rows.length - rowsMax),
    }
  }

  async function findScope({ query, caller, ...reader }: Request, window: Span): Promise<Scope> {
    const whose = caller.id
    const isAll = isAdministrator(caller)
    // Checked first, so that nothing is read for a caller without any rights here.
    const managed = await rulebook.findManaged(caller)
    if (!managed.isAll && managed.types.length + managed.resources.length === 0) {
      throw managesNothing()
    }
    const list = () => subjects.listResources(reader, query.type)
    // Listing all takes a while, so it runs beside the sums, which do not depend on it.
    if (isAll && query.type === undefined) {
      return { window, whose, reader, listResources: list, only: undefined }
    }
    const { ofResource } = await policies.now()
    const seen = await list()
    const resources = isAll
      ? seen
      : seen.filter(({ id, resource_type: type }) => {
          return rightOf(ofResource({ id, type }).rules, toAsker(caller)) === 'manage'
        })
    if (!isAll && resources.length === 0) throw managesNothing()
    const only = resources.map(({ id }) => id)
    return { window, whose, reader, listResources: async () => resources, only }
  }

  const list: Record<UtilisationKind, (scope: Scope) => Promise<Line[]>> = {
    resource: listByResource,
    type: async (scope) => {
      const [lines, refused] = await Promise.all([
        listByResource(scope),
        demand.list('type', scope.window, scope.whose),
      ])
      const byType = Map.groupBy(lines, ({ type }) => type)
      return [...byType].map(([type, same]): Line => {
        const capacity_ms = same.reduce((total, line) => total + (line.capacity_ms ?? 0), 0)
        const booked = sumOf(same.map((line) => line.booked))
        return { key: type, name: type, booked, capacity_ms, refused: refused.get(type) ?? none }
      })
    },
    person: async (scope) => {
      const people = await listPeople(scope)
      const names = await subjects.namePeople([...people.keys()], scope.reader)
      return [...people].map(([key, line]) => ({ ...line, key, name: names.get(key) ?? null }))
    },
    group: async (scope) => {
      const people = await listPeople(scope)
      const [groups, names] = await Promise.all([
        subjects.groupsOf([...people.keys()]),
        subjects.nameGroups(scope.reader),
      ])
      const booked = new Map<string | null, BookedTime>()
      const refused = new Map<string | null, RefusedRow>()
      for (const [person, line] of people) {
        const own = groups.get(person) ?? []
        for (const key of own.length > 0 ? own : [null]) {
          add(booked, key, line.booked)
          const known = refused.get(key) ?? none
          if (line.refused) refused.set(key, addRefused(known, line.refused))
        }
      }
      return [...booked].map(([key, sums]): Line => {
        const name = key === null ? null : (names.get(key) ?? null)
        const isKnown = scope.only === undefined
        const asked = isKnown ? (refused.get(key) ?? none) : null
        return { key, name, booked: sums, capacity_ms: null, refused: asked }
      })
    },
  }

  async function listByResource(scope: Scope): Promise<(Line & { type: string })[]> {
    const { window, whose, only } = scope
    const [resources, booked, refused] = await Promise.all([
      scope.listResources(),
      times.byResource({ window, whose, resources: only }),
      demand.list('resource', window, whose),
    ])
    const capacityOf = await readCapacity(window)
    const lines = resources.map((resource) => {
      const { id: key, name, resource_type: type } = resource
      const own = booked.get(key) ?? nothing
      const capacity_ms = capacityOf(resource)
      return { key, name, type, booked: own, capacity_ms, refused: refused.get(key) ?? none }
    })
    // A resource out of service is listed for its past use.
    return lines.filter(({ capacity_ms, booked: own }) => capacity_ms !== 0 || own.bookings > 0)
  }

  /**
   * Refusals are not stored by person and resource: they are shown only to those who see
   * everything.
   */
  async function listPeople({ window, whose, only }: Scope): Promise<Map<string, Line>> {
    const [booked, refused] = await Promise.all([
      times.byPerson({ window, whose, resources: only }),
      only ? undefined : demand.list('person', window, whose),
    ])
    const keys = new Set([...booked.keys(), ...(refused?.keys() ?? [])])
    return new Map(
      [...keys].map((key): [string, Line] => {
        const asked = refused ? (refused.get(key) ?? none) : null
        const own = booked.get(key) ?? nothing
        return [key, { key, name: null, booked: own, capacity_ms: null, refused: asked }]
      }),
    )
  }

  async function readCapacity(window: Span) {
    const { ofResource } = await policies.now()
    const capacity = createCapacity(window)
    return (resource: Resource): number => {
      const { id, resource_type: type } = resource
      return capacity(ofResource({ id, type }).rules, resource)
    }
  }

  return report
}

const none: RefusedRow = { subject: '', requests: 0, asked_ms: 0 }

function addRefused(a: RefusedRow, b: RefusedRow): RefusedRow {
  return { ...a, requests: a.requests + b.requests, asked_ms: a.asked_ms + b.asked_ms }
}

function sumOf(all: BookedTime[]): BookedTime {
  const sums = new Map<string, BookedTime>()
  for (const one of all) add(sums, '', one)
  return sums.get('') ?? nothing
}

function toRow({ key, name, booked, capacity_ms, refused }: Line): UtilisationRow {
  const idle_ms = capacity_ms === null ? null : Math.max(0, capacity_ms - booked.booked_ms)
  return {
    key,
    name,
    bookings: booked.bookings,
    booked_hours: toHours(booked.booked_ms),
    used_hours: toHours(booked.used_ms),
    no_shows: booked.no_shows,
    no_show_hours: toHours(booked.no_show_ms),
    capacity_hours: capacity_ms === null ? null : toHours(capacity_ms),
    idle_hours: idle_ms === null ? null : toHours(idle_ms),
    refused: refused && refused.requests,
    refused_hours: refused && toHours(refused.asked_ms),
  }
}

function toHours(time_ms: number): number {
  return Math.round((time_ms / hour_ms) * 100) / 100
}

/** @throws 422 for a window that is invalid, empty or too long */
export function readWindow({ from, to }: Pick<UtilisationQuery, 'from' | 'to'>): Span {
  const read = (name: string, text: string) => {
    const time = readInstant(text)
    if (time !== undefined) return time
    throw invalid([{ pointer: `?${name}`, detail: 'Not a valid time.' }])
  }
  const window = { from: read('from', from), to: read('to', to) }
  if (window.from >= window.to) {
    const detail = 'The end must be after the start.'
    throw invalid([{ pointer: '?to', detail }], 'empty_span')
  }
  if (window.to - window.from <= windowMax_days * day_ms) return window
  const detail = `A report covers at most ${windowMax_days} days.`
  throw invalid([{ pointer: '?to', detail }], 'window_too_long')
}

function managesNothing() {
  return forbidden('Only managers of resources see who uses them.')
}
