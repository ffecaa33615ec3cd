import { eq, sql, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { RefusingRule } from '../../shared/schemas/policy.ts'
import { placeholder } from '@campus/store/columns.ts'
import type { Filled } from '@campus/store/template.ts'
import {
  judge,
  refuseCancel,
  rightOf,
  toCheckIn,
  toDeadline,
  type Asker,
  type Verdict,
} from './policy/judge.ts'
import { findNearest } from './policy/nearest.ts'
import { organisation, type PolicyVersion, type Rules, type Span } from './policy/rules.ts'
import type { Policies, PoliciesNow } from './policies.ts'
import { toDraws, type Draw, type Draws, type Quotas } from './quotas.ts'
import type { BookingsTables } from './tables.ts'

/** What is to be judged: resources for a person, for a time. */
export interface Case {
  bookingId: string
  /**
   * Without an id, the rules of the type apply. `before` is the booking's current span of that
   * resource, when it is moved.
   */
  resources: { id: string; type: string; before?: Span | undefined }[]
  span: Span
  caller: Caller
  person: string
  /** When a booking is changed: who takes it over books for its former person too. */
  formerPerson?: string
}

export interface Judgement {
  /** Of the policies it was judged by; another epoch requires another judgement. */
  epoch: number
  needsApproval: boolean
  /** When an undecided request expires. */
  deadline: number
  /** When it lapses unless checked out; null: never. */
  checkInBy: number | null
  /** For each resource, in order. */
  items: { policies: string[]; quotaScope: string | null }[]
  draws: Draws
}

/** A judgement, with the reasons if it is a refusal. */
export interface Decision extends Judgement {
  refusals: RefusingRule[]
  /** The rules it was judged by. */
  rules: Rules[]
}

type Subject = Record<'resource_id' | 'resource_type', string>

/** What somebody manages: everything but exceptions, or a list. */
export interface Managed {
  isAll: boolean
  types: string[]
  resources: string[]
  /** Types whose own policies name other managers. */
  otherTypes: string[]
  otherResources: string[]
}

/** The one place where rules are applied, for every caller and path. */
export function createRulebook(
  { clock, store }: Pick<Context, 'clock' | 'store'>,
  { bookings, policy_epoch }: BookingsTables,
  { policies, quotas }: { policies: Policies; quotas: Quotas },
) {
  const keep = store.prepareWrite(sql`UPDATE ${bookings} SET version = version
    WHERE ${bookings.id} = ${placeholder(bookings.id, 'bookingId')}
      AND EXISTS (SELECT 1 FROM ${policy_epoch}
        WHERE ${policy_epoch.number} = ${placeholder(policy_epoch.number, 'epoch')})`)

  /**
   * @param mayRecall whether the policies last read suffice for a yes, as the commit checks them
   * @throws 422 `policy_refused` naming every rule; 403 if the caller may not book it
   */
  async function decide(asked: Case, mayRecall = false): Promise<Judgement> {
    const now = clock()
    const known = mayRecall ? policies.recall() : undefined
    const recalled = known && judgeCase(known, asked, now)
    const isEnough = recalled?.refusals.length === 0
    const decided = isEnough ? recalled : judgeCase(await policies.now(), asked, now)
    const { refusals, rules, ...judgement } = decided
    if (refusals.length === 0) return judgement
    // Without the right to book for others, the caller must not learn about their bookings.
    if (refusals.some(({ rule }) => rule === 'rights')) throw policyRefused(refusals)
    const { resources, span } = asked
    const isOld = resources.every(({ before }) => before !== undefined)
    const before = isOld ? resources[0]?.before : undefined
    const nearest = findNearest(rules, { span, now, before })
    throw policyRefused([...refusals, ...(await refuseQuotas(judgement.draws))], { nearest })
  }

  /** Judges each case by itself, by the same policies. Draws on quotas are returned unchecked. */
  async function decideEach(cases: readonly Case[]): Promise<Decision[]> {
    const inForce = await policies.now()
    const now = clock()
    return cases.map((asked) => judgeCase(inForce, asked, now))
  }

  async function refuseQuotas(draws: Draws): Promise<RefusingRule[]> {
    const found = await quotas.findOverdrawn(draws)
    return found.map(refuseQuota)
  }

  /** @throws 422 `policy_refused` if a quota is used up */
  async function requireQuotas({ draws }: Judgement): Promise<void> {
    const found = await refuseQuotas(draws)
    if (found.length > 0) throw policyRefused(found)
  }

  /** The items that the caller manages. */
  async function keepManaged<T extends Subject>(caller: Caller, items: T[]): Promise<T[]> {
    if (isAdministrator(caller)) return items
    const { ofResource } = await policies.now()
    const isManaged = ({ resource_id: id, resource_type: type }: Subject) =>
      rightOf(ofResource({ id, type }).rules, toAsker(caller)) === 'manage'
    return items.filter(isManaged)
  }

  /** Whether the caller manages all of them. */
  async function mayManage(caller: Caller, items: Subject[]): Promise<boolean> {
    return (await keepManaged(caller, items)).length === items.length
  }

  /** Of the policies in force: what is read after it holds at the commit, unless it has changed. */
  const readEpoch = async () => (await policies.now()).epoch

  /** What the caller manages, without reading a booking. */
  async function findManaged(caller: Caller): Promise<Managed> {
    const { ofOrganisation, list } = await policies.now()
    const asker = toAsker(caller)
    const own = list.filter(({ target, rules }) => rules.rights && target !== organisation)
    const isManaged = ({ rules }: PolicyVersion) =>
      rightOf({ ...rules, time_zone: '' }, asker) === 'manage'
    const named = (found: PolicyVersion[], kind: string) =>
      found
        .filter(({ target }) => target.startsWith(kind))
        .map((it) => it.target.slice(kind.length))
    const managed = own.filter(isManaged)
    const others = own.filter((version) => !isManaged(version))
    return {
      isAll: rightOf(ofOrganisation.rules, asker) === 'manage',
      types: named(managed, 'type:'),
      resources: named(managed, 'resource:'),
      otherTypes: named(others, 'type:'),
      otherResources: named(others, 'resource:'),
    }
  }

  /** @throws 422 `policy_refused` if it is too late for the person it is for */
  async function requireMayCancel(items: Subject[], span: Span): Promise<void> {
    const { ofResource } = await policies.now()
    const found = items.flatMap(({ resource_id: id, resource_type }) => {
      const { rules } = ofResource({ id, type: resource_type })
      return refuseCancel(rules, span, clock()).map((it) => ({ ...it, resource_type }))
    })
    if (found.length > 0) throw policyRefused(found)
  }

  /** When a request approved now lapses unless it is checked out. */
  async function findCheckIn(items: Subject[], span: Span): Promise<number | null> {
    const { ofResource } = await policies.now()
    const rulesOf = ({ resource_id: id, resource_type: type }: Subject) =>
      ofResource({ id, type }).rules
    return toCheckIn(items.map(rulesOf), span, clock())
  }

  /** The first statements of a transaction. */
  function takeTurn({ draws }: Judgement): SQL[] {
    return draws.draws.length === 0 ? [] : [quotas.takeTurn(draws.person)]
  }

  /** SQL condition for the commit: the policies are unchanged, and quotas suffice. */
  function stillHolds({ epoch, draws }: Judgement): SQL {
    return sql`${isInForce(epoch)} AND ${quotas.areKept(draws)}`
  }

  /** SQL condition: the policies are of this epoch. */
  function isInForce(epoch: number): SQL {
    return sql`EXISTS (SELECT 1 FROM ${policy_epoch} WHERE ${eq(policy_epoch.number, epoch)})`
  }

  /** `stillHolds` as the last statement of a commit, for the booking written in it. */
  function keepIfHolds(judgement: Judgement): SQL | Filled {
    const { epoch, draws } = judgement
    const { bookingId } = draws
    if (draws.draws.length === 0) return keep({ epoch, bookingId })
    return sql`UPDATE ${bookings} SET version = version
      WHERE ${eq(bookings.id, bookingId)} AND ${stillHolds(judgement)}`
  }

  return {
    readEpoch,
    decide,
    decideEach,
    requireQuotas,
    takeTurn,
    stillHolds,
    keepIfHolds,
    isInForce,
    keepManaged,
    mayManage,
    findManaged,
    findCheckIn,
    requireMayCancel,
  }
}

export type Rulebook = ReturnType<typeof createRulebook>

export function toAsker(caller: Caller): Asker {
  return { isAdministrator: isAdministrator(caller), groups: caller.groups }
}

/** What an item stores about its judgement. */
export function toStamp({ items }: Judgement, position: number) {
  const { policies = [], quotaScope = null } = items[position] ?? {}
  return { policies: JSON.stringify(policies), quota_scope: quotaScope }
}

interface Refusing {
  nearest?: Span | undefined
  /** Replaces the detail of the rules. */
  detail?: string
  /** The days of a series it concerns. */
  occurrences?: object[]
}

/** 422, or 403 if the caller may not book it at all. */
export function policyRefused(found: RefusingRule[], more: Refusing = {}): ProblemError {
  const { nearest, occurrences } = more
  const rules = found.filter(
    ({ rule, detail }, at) =>
      found.findIndex((other) => other.rule === rule && other.detail === detail) === at,
  )
  const isForbidden = rules.some(({ rule }) => rule === 'rights')
  return new ProblemError({
    status: isForbidden ? 403 : 422,
    code: 'policy_refused',
    detail: more.detail ?? rules.map(({ detail }) => detail).join(' '),
    members: {
      rules,
      nearest: nearest ? { from: toInstant(nearest.from), to: toInstant(nearest.to) } : null,
      ...(occurrences && { occurrences }),
    },
  })
}

export function refuseQuota({ detail, scope }: Draw): RefusingRule {
  return { rule: 'quotas', detail, resource_type: scope.replace(/^type:/, '') }
}

function judgeCase({ epoch, ofResource }: PoliciesNow, asked: Case, now: number): Decision {
  const { span, caller, person, formerPerson = person, resources, bookingId } = asked
  const isForAnother = person !== caller.id || formerPerson !== caller.id
  const question = { span, now, asker: toAsker(caller), isForAnother }
  // Most resources of a booking share their policies.
  const verdicts = new Map<string, Verdict>()
  const judged = resources.map(({ id, type, before }) => {
    const effective = ofResource({ id, type })
    const key = JSON.stringify([effective.policies, before])
    const verdict = verdicts.get(key) ?? judge(effective.rules, { ...question, before })
    verdicts.set(key, verdict)
    return { ...effective, ...verdict, type }
  })
  const distinct = new Map(judged.map((one) => [one.policies.join(' '), one.rules]))
  const rules = [...distinct.values()]
  return {
    epoch,
    needsApproval: judged.some((one) => one.needsApproval),
    deadline: toDeadline(rules, span, now),
    checkInBy: toCheckIn(rules, span, now),
    items: judged.map(({ policies: ids, quotaScope }) => ({ policies: ids, quotaScope })),
    draws: { draws: toDraws(judged, span), person, bookingId },
    refusals: judged.flatMap((one) =>
      one.refusals.map((refusal) => ({ ...refusal, resource_type: one.type })),
    ),
    rules,
  }
}
