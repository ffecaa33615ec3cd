import type { NewPolicy, Policy, PolicyTrial, PolicyVerdict } from '../../shared/schemas/policy.ts'
import { api, ask } from '../api.ts'
import { readAll } from '../paging.ts'
import { repeatable } from '../repeat-key.ts'

const { policies } = api.bookings

/** Those in force. */
export function listPolicies(): Promise<Policy[]> {
  return readAll((page) => policies.get({ query: page }))
}

export function setPolicy(body: NewPolicy): Promise<Policy> {
  return ask(policies.post(body, repeatable()))
}

export async function withdrawPolicy({ id }: Policy): Promise<void> {
  await ask(policies({ id }).delete())
}

/** What a draft would make of a booking. */
export function tryPolicy(body: PolicyTrial): Promise<PolicyVerdict> {
  return ask(policies.trial.post(body))
}
