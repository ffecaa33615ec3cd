import { isAdministrator, type Caller } from '../../shared/access.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { BookableType } from './resource-types.ts'

/** 403 for a member, where another service books by its rules; else undefined. */
export function refuseManaged(caller: Caller, type: BookableType): ProblemError | undefined {
  const { name, managedBy } = type
  if (managedBy === undefined || isAdministrator(caller)) return undefined
  return new ProblemError({
    status: 403,
    code: 'managed',
    detail: `A ${name} has booking rules. Book it with POST /api/${managedBy}.`,
  })
}

/** @throws 403 `managed` as above */
export function requireUnmanaged(caller: Caller, type: BookableType): void {
  const refusal = refuseManaged(caller, type)
  if (refusal) throw refusal
}
