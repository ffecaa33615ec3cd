import { Elysia } from 'elysia'
import { ProblemError } from './problem.ts'
import { applyScopes, type KeyGrant, type ScopeArea } from './scope.ts'

/** Who calls. */
export interface Caller {
  /** The user's id; `service:<name>` for a service. */
  id: string
  /** `system`: this process itself, or its operator; `service`: another service. */
  role: 'anonymous' | 'member' | 'admin' | 'service' | 'system'
  /** In lower case; empty unless it is a user. */
  email: string
  /** The login this call belongs to, or the API key; empty unless it is a user. */
  login: string
  /** What an API key may do. Until a route applies it, its caller is a member. */
  grant?: KeyGrant
  /** The groups the user is in, by id, at most 50. */
  groups: readonly string[]
}

/**
 * Who may use a route. Each route declares one; see `requireAccess`.
 * - `public`: anyone; tokens are not read
 * - `anonymous`: a token is optional, and verified when sent
 * - `member`: every user
 * - `self`: the user whose id is the path parameter `id`
 * - `owner`: every user may call the route; its rule then admits only the owner, see `requireOwner`
 * - `admin`: administrators, who may also do all of the above
 * - `service`: our own services only, which may otherwise use public routes only
 * - `{ service: ['books'] }`: the named services only
 */
export type Access =
  | 'public'
  | 'anonymous'
  | 'member'
  | 'self'
  | 'owner'
  | 'admin'
  | 'service'
  | NamedServices

export interface NamedServices {
  service: readonly string[]
}

const anonymous: Caller = {
  id: 'anonymous',
  role: 'anonymous',
  email: '',
  login: '',
  groups: [],
}

/** A service as a caller. */
export function toServiceCaller(name: string, role: 'service' | 'system' = 'service'): Caller {
  return { id: `service:${name}`, role, email: '', login: '', groups: [] }
}

/** What the host adds to every request; see `host`. */
export interface AuthContext {
  authenticate: (request: Request) => Promise<Caller>
  /** The service a path belongs to; undefined when there is none. */
  areaOf: (path: string) => ScopeArea | undefined
}

interface Entering extends AuthContext {
  request: Request
  set: { headers: Record<string, string | number> }
  params: { id?: string }
}

// Elysia types a plugin without its host, and parses only what it sees a function read: one that
// takes the whole context would have cookies and query parsed for every request.
type Hook = (context: object) => void
type Resolve = (context: object) => { caller: Caller }

function authorize(rule: Access) {
  return async ({ request, set, params, authenticate, areaOf }: Entering) => {
    keepPersonal(set.headers)
    const known = await authenticate(request).catch((error: unknown) => {
      if (rule === 'anonymous' && isMissing(error)) return anonymous
      throw error
    })
    const { grant } = known
    const caller = grant ? applyScopes(known, grant, toScopedRoute(rule, request, areaOf)) : known
    if (rule !== 'anonymous') requireRule(rule, caller, params)
    return { caller }
  }
}

function toScopedRoute(access: Access, request: Request, areaOf: AuthContext['areaOf']) {
  const { pathname } = new URL(request.url)
  // A ticket for a stream is as good as reading it.
  const method = pathname.endsWith('/events/tickets') ? 'GET' : request.method
  return { method, access, area: areaOf(pathname) }
}

function isMissing(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'token_missing'
}

// RFC 9111: a response is for its caller only, and so is a refusal. A route whose responses may be
// cached says so itself.
function keepPersonal(headers: Entering['set']['headers']): void {
  headers['cache-control'] ??= 'no-store'
  headers['vary'] = headers['vary'] ? `${headers['vary']}, authorization` : 'authorization'
}

function readCaller({ caller = anonymous }: { caller?: Caller }) {
  return { caller }
}

/**
 * Plugin: `{ access: 'member' }` on a route gives its handler `caller`. Decided before the request
 * is validated: 401 without a valid token, 403 when it does not suffice.
 */
export const access = new Elysia({ name: 'access' }).macro({
  access: (rule: Access) => ({
    detail: describeRule(rule),
    ...(rule !== 'public' && {
      // Before validation, which would tell a stranger what exists.
      transform: authorize(rule) as Hook,
    }),
    resolve: readCaller as Resolve,
  }),
})

/** @throws 403 unless the caller owns the thing or is an administrator */
export function requireOwner(caller: Caller, ownerId: string): void {
  if (caller.id !== ownerId && !isAdministrator(caller))
    throw forbidden('It belongs to another user.')
}

/** @throws 403 unless the caller is an administrator */
export function requireAdministrator(caller: Caller): void {
  if (!isAdministrator(caller)) throw forbidden('Only administrators may do this.')
}

/** Administrators may do what owners may; so may the system itself. */
export function isAdministrator({ role }: Pick<Caller, 'role'>): boolean {
  return role === 'admin' || role === 'system'
}

function describeRule(rule: Access): object {
  if (typeof rule === 'string') return { 'x-access': rule }
  return { 'x-access': 'service', 'x-callers': rule.service }
}

function requireRule(rule: Access, caller: Caller, params: Entering['params']): void {
  if (caller.role === 'system') return
  const isForServices = rule === 'service' || typeof rule === 'object'
  if (isForServices || caller.role === 'service') return requireService(rule, caller)
  if (caller.role === 'admin') return
  if (rule === 'admin') requireAdministrator(caller)
  if (rule === 'self' && params.id !== caller.id)
    throw forbidden('Only the owner of the account may do this.')
}

function requireService(rule: Access, caller: Caller): void {
  const isNamed =
    typeof rule !== 'object' || rule.service.some((it) => `service:${it}` === caller.id)
  const isForServices = rule === 'service' || typeof rule === 'object'
  if (caller.role === 'service' && isForServices && isNamed) return
  throw forbidden('Only services of this system that need it may do this.')
}

/** 403 with the reason, followed by whom to ask. */
export function forbidden(reason: string): ProblemError {
  const detail = `${reason} Ask an administrator.`
  return new ProblemError({ status: 403, code: 'forbidden', detail })
}

interface Route {
  method: string
  path: string
  hooks: { detail?: object }
}

/**
 * Nothing is public by accident.
 * @throws Error that names every route which declares no access
 */
export function requireAccess(routes: readonly Route[]): void {
  // OPTIONS is the CORS preflight, which only tells what is allowed.
  const open = routes.filter(
    ({ method, hooks }) => method !== 'OPTIONS' && !('x-access' in (hooks.detail ?? {})),
  )
  if (open.length === 0) return
  const names = open.map(({ method, path }) => `${method} ${path}`).join(', ')
  throw new Error(`These routes declare no access; add { access: … } to them: ${names}`)
}
