import type { Access, Caller } from './access.ts'
import { ProblemError } from './problem.ts'

/** What an API key may do; each level includes those before it. */
export const scopeLevels = ['read', 'book', 'manage'] as const
export type ScopeLevel = (typeof scopeLevels)[number]

/** The grant of an API key. */
export interface KeyGrant {
  /** The role of its user; it counts only with `manage`. */
  role: 'member' | 'admin'
  /** `read` for all services, `books:read` for one. */
  scopes: readonly string[]
}

/** The service of the route. */
export interface ScopeArea {
  service: string
  /** The most that keys may do there, whatever their scopes: accounts require a login. */
  keysOnlyRead: boolean
}

export interface ScopedRoute {
  method: string
  access: Access
  area: ScopeArea | undefined
}

/**
 * Decides what a key needs by the method and access of a route: `manage` where only administrators
 * may, else `read` to read and `book` to change. Without `manage` a key acts as a member, even if
 * its owner is an administrator.
 * @returns the caller with the role that applies here
 * @throws 403 with the challenge of RFC 6750 section 3.1 when a scope is missing
 */
export function applyScopes(
  caller: Caller,
  { role, scopes }: KeyGrant,
  route: ScopedRoute,
): Caller {
  const { area, method } = route
  const needed = levelOf(route)
  const isRead = method === 'GET' || method === 'HEAD'
  if (!area || (area.keysOnlyRead && !isRead)) throw keyRefused()
  const level = scopes.reduce((most, scope) => Math.max(most, levelIn(scope, area.service)), -1)
  if (level < scopeLevels.indexOf(needed)) throw scopeMissing(area.service, needed)
  const isManager = level === scopeLevels.indexOf('manage')
  return { ...caller, role: isManager ? role : 'member' }
}

function levelOf({ access, method }: ScopedRoute): ScopeLevel {
  if (access === 'admin') return 'manage'
  return method === 'GET' || method === 'HEAD' ? 'read' : 'book'
}

function levelIn(scope: string, service: string): number {
  const [level = '', of] = scope.split(':').toReversed()
  return of === undefined || of === service ? scopeLevels.indexOf(level as ScopeLevel) : -1
}

function scopeMissing(service: string, level: ScopeLevel): ProblemError {
  const scope = `${service}:${level}`
  return new ProblemError({
    status: 403,
    code: 'scope_missing',
    detail: `This API key lacks the scope ${scope}, or ${level} for all services. Make another.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  })
}

function keyRefused(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'login_required',
    detail: 'No API key may do this. Log in with POST /api/login and send its access token.',
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  })
}
