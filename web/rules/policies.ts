import type { NewPolicy, Policy, PolicyTrial, PolicyVerdict } from '../../shared/schemas/policy.ts'
import { api, ask } from '../api.ts'
import { readAll } from '../paging.ts'
import { repeatable } from '../repeat-key.ts'
import { forget, keep, readKept } from '../session/kept.ts'
import { learnZone } from './zone.ts'

const { policies } = api.bookings

/** The policies in force. */
export async function listPolicies(): Promise<Policy[]> {
  const all = await readAll((page) => policies.get({ query: page }))
  learnZone(all)
  return all
}

const keptName = 'policies'

/** The policies in force some minutes ago at most. */
export async function listKeptPolicies(): Promise<Policy[]> {
  const kept = readKept<Policy[]>(keptName)
  if (kept) return kept
  const all = await listPolicies()
  keep(keptName, all)
  return all
}

export function setPolicy(body: NewPolicy): Promise<Policy> {
  forget(keptName)
  return ask(policies.post(body, repeatable()))
}

export async function withdrawPolicy({ id }: Policy): Promise<void> {
  forget(keptName)
  await ask(policies({ id }).delete())
}

/** The judgement of a booking by a draft. */
export function tryPolicy(body: PolicyTrial): Promise<PolicyVerdict> {
  return ask(policies.trial.post(body))
}
