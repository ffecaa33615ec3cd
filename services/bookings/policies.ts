import { and, asc, desc, eq, inArray, isNull, notInArray, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { CreatedVersion, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { findReplay, tryOnce, writeOnce, type Creation } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { conflict, notFound } from '../../shared/problem.ts'
import type { NewPolicy, Policy, PolicyRules } from '../../shared/schemas/policy.ts'
import { violation } from '@campus/store/error.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import {
  combine,
  organisation,
  toResourceTarget,
  toTypeTarget,
  type Effective,
  type PolicyVersion,
} from './policy/rules.ts'
import { toVisible, type PolicySight } from './policy-sight.ts'
import type { BookingsTables, PolicyRow } from './tables.ts'

/** All policies in force at one moment. */
export interface PoliciesNow {
  /** Changes with each policy. */
  epoch: number
  /** The combined rules of a resource, its type and the organisation. */
  ofResource: (resource: { id: string; type: string }) => Effective
  /** What holds where nothing narrower does. */
  ofOrganisation: Effective
  list: PolicyVersion[]
}

export interface PolicyQuery extends PageQuery {
  ended?: 'true' | undefined
}

// An attempt fails only when another version of the same policy comes first.
const attemptsMax = 25
// All policies in force are kept in memory.
const policiesMax = 2000

/**
 * Versioned policies. A version never changes, as bookings record which ones they were judged by.
 */
export function createPolicies(
  context: Context,
  { policies, policy_epoch }: BookingsTables,
  sight: PolicySight,
) {
  const { store, clock, id, config } = context
  const readEpoch = prepareRead(store, policy_epoch, { tail: sql`FROM ${policy_epoch}` })
  let known: PoliciesNow | undefined

  /** The policies in force, read again only after a change. */
  async function now(): Promise<PoliciesNow> {
    const [{ number } = { number: 0 }] = await readEpoch({})
    if (known?.epoch === number) return known
    const rows = await store.db.select().from(policies).where(isNull(policies.ended))
    known = toNow(number, rows.map(toVersion))
    return known
  }

  /** As last read: for what a commit checks the epoch of. */
  const recall = () => known
  const forget = () => void (known = undefined)

  function toNow(epoch: number, list: PolicyVersion[]): PoliciesNow {
    const byTarget = new Map(list.map((version) => [version.target, version]))
    const ofResource: PoliciesNow['ofResource'] = (resource) => {
      const targets = [organisation, toTypeTarget(resource.type), toResourceTarget(resource.id)]
      return combine(
        targets.map((target) => byTarget.get(target)),
        config.TIME_ZONE,
      )
    }
    const ofOrganisation = combine([byTarget.get(organisation)], config.TIME_ZONE)
    return { epoch, ofResource, ofOrganisation, list }
  }

  /** Creates a version from validated rules, which ends the one before. */
  async function create(creation: Creation<NewPolicy>): Promise<CreatedVersion<Policy>> {
    const { body, caller, idempotencyKey } = creation
    const target = toTarget(body)
    const made = await retryOnConflict(async () => {
      const replay = await findReplay<Policy>(store, idempotencyKey)
      if (replay) return replay
      if ((await store.db.$count(policies, isNull(policies.ended))) >= policiesMax) throw tooMany()
      const [before] = await store.db
        .select({ version: policies.version })
        .from(policies)
        .where(eq(policies.target, target))
        .orderBy(desc(policies.version))
        .limit(1)
      const row = toRow(target, { body, caller, version: (before?.version ?? 0) + 1 })
      return tryOnce(store, {
        idempotencyKey,
        value: toPolicy(row),
        write: (response) =>
          writeOnce(store, toStatements(row), { response, now_ms: clock() }).catch(loseToAnother),
      })
    }, attemptsMax).finally(forget)
    return { ...made, version: made.value.version }
  }

  function toRow(
    target: string,
    { body, caller, version }: { body: NewPolicy; caller: Caller; version: number },
  ): PolicyRow {
    const rules = JSON.stringify(body.rules)
    const created = clock()
    return { id: id(), target, version, rules, created, created_by: caller.id, ended: null }
  }

  function toStatements(row: PolicyRow) {
    const isBefore = and(eq(policies.target, row.target), isNull(policies.ended))
    return [
      store.db.update(policies).set({ ended: row.created }).where(isBefore).getSQL(),
      store.db.insert(policies).values(row).getSQL(),
    ]
  }

  async function list(query: PolicyQuery, caller: Caller): Promise<Page<Policy>> {
    const after = readCursor(query, isPosition)
    const { target, version } = policies
    const hidden = await sight.listHidden(caller, query.ended === 'true')
    const rows = await store.db
      .select()
      .from(policies)
      .where(
        and(
          query.ended ? undefined : isNull(policies.ended),
          hidden.length === 0 ? undefined : notInArray(target, hidden),
          after && sql`(${target}, ${version}) > (${after[0]}, ${after[1]})`,
        ),
      )
      .orderBy(asc(target), asc(version))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => [last.target, last.version])
    return { ...page, items: page.items.map((row) => toVisible(toPolicy(row), caller)) }
  }

  async function get(policyId: string, caller: Caller): Promise<Versioned<Policy>> {
    const [row] = await store.db.select().from(policies).where(eq(policies.id, policyId))
    const hidden = row && (await sight.findHidden([row.target], caller))
    if (!row || hidden?.length !== 0) throw notFound('policy', policyId)
    return { value: toVisible(toPolicy(row), caller), version: row.version }
  }

  /** Ends a policy; the wider ones apply from then on. Existing bookings keep it. */
  async function end(policyId: string, { caller, ifMatch }: Change<unknown>): Promise<void> {
    const ended = await store.db
      .update(policies)
      .set({ ended: clock() })
      .where(
        and(
          eq(policies.id, policyId),
          isNull(policies.ended),
          ifMatch && inArray(policies.version, ifMatch),
        ),
      )
      .returning({ id: policies.id })
    forget()
    if (ended.length > 0) return
    requireMatch((await get(policyId, caller)).version, ifMatch)
    throw conflict('policy_ended', 'This policy is no longer in force.')
  }

  return { now, recall, create, list, get, end }
}

export type Policies = ReturnType<typeof createPolicies>

/** The target of a policy. */
export function toTarget({ type, resource_id }: Omit<NewPolicy, 'rules'>): string {
  if (resource_id !== undefined) return toResourceTarget(resource_id)
  return type === undefined ? organisation : toTypeTarget(type)
}

function toVersion({ id, target, rules }: PolicyRow): PolicyVersion {
  return { id, target, rules: JSON.parse(rules) as PolicyRules }
}

function toPolicy(row: PolicyRow): Policy {
  const { id, version, created_by, target } = row
  const [, type = null] = /^type:(.*)$/s.exec(target) ?? []
  const [, resource_id = null] = /^resource:(.*)$/s.exec(target) ?? []
  return {
    id,
    version,
    type,
    resource_id,
    rules: JSON.parse(row.rules) as PolicyRules,
    created: toInstant(row.created) ?? '',
    created_by,
    ended: row.ended === null ? null : toInstant(row.ended),
  }
}

function tooMany() {
  return conflict(
    'too_many_policies',
    `${policiesMax} are in force, the most allowed. Withdraw one first.`,
  )
}

// Another version came first; retry as the next one.
function loseToAnother(error: unknown): false {
  if (violation(error) === 'unique') return false
  throw error
}

function isPosition(value: unknown): value is [string, number] {
  return Array.isArray(value) && typeof value[0] === 'string' && Number.isSafeInteger(value[1])
}
