import { toServiceCaller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { invalid, type FieldError } from '../../shared/problem.ts'
import type {
  ManagerQuery,
  ManagerVerdict,
  PolicyTrial,
  PolicyVerdict,
} from '../../shared/schemas/policy.ts'
import { readSpan, requireLength } from './booking-values.ts'
import { toTarget, type Policies } from './policies.ts'
import { requireRules } from './policy/check-rules.ts'
import { judge } from './policy/judge.ts'
import { findNearest } from './policy/nearest.ts'
import type { Rulebook } from './rulebook.ts'
import { combine, organisation, toResourceTarget, toTypeTarget } from './policy/rules.ts'

/** Judges a member's booking by draft rules. */
export function createTrial(
  { clock, config }: Pick<Context, 'clock' | 'config'>,
  policies: Policies,
) {
  /** @throws 422 for contradictory rules, or an invalid time */
  return async function tryPolicy(body: PolicyTrial): Promise<PolicyVerdict> {
    const { type, resource_id, resource_type = type, rules, groups = [] } = body
    requireRules(body)
    const errors: FieldError[] = []
    const span = readSpan(body, errors)
    if (errors.length > 0) throw invalid(errors)
    requireLength(span)
    const draft = { id: '', target: toTarget(body), rules }
    const { list } = await policies.now()
    const others = list.filter(({ target }) => target !== draft.target)
    const targets = [
      organisation,
      ...(resource_type === undefined ? [] : [toTypeTarget(resource_type)]),
      ...(resource_id === undefined ? [] : [toResourceTarget(resource_id)]),
    ]
    const effective = combine(
      targets.map((target) => [draft, ...others].find((one) => one.target === target)),
      config.TIME_ZONE,
    )
    const now = clock()
    const asker = { isAdministrator: false, groups }
    const verdict = judge(effective.rules, { span, now, asker, isForAnother: false })
    const isOnlyTime = verdict.refusals.every(({ rule }) => rule !== 'rights')
    const isRefused = verdict.refusals.length > 0
    const nearest =
      isRefused && isOnlyTime ? findNearest([effective.rules], { span, now }) : undefined
    return {
      outcome: isRefused ? 'refused' : verdict.needsApproval ? 'requested' : 'confirmed',
      rules: verdict.refusals,
      nearest: nearest
        ? { from: toInstant(nearest.from) ?? '', to: toInstant(nearest.to) ?? '' }
        : null,
    }
  }
}

/** Tells whether members of these groups decide about a resource. */
export function createManagerCheck({ mayManage }: Pick<Rulebook, 'mayManage'>) {
  return async ({ groups, ...item }: ManagerQuery): Promise<ManagerVerdict> => {
    const member = { ...toServiceCaller('inventory'), role: 'member', groups } as const
    return { manages: await mayManage(member, [item]) }
  }
}
