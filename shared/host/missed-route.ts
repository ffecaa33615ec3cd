import type { App } from '../app.ts'
import { ProblemError } from '../problem.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * The response to a request without a route: 308 to the same path without needless escapes (RFC
 * 3986 section 6.2.2.2), 405 with `Allow` where other methods exist (RFC 9110 section 15.5.6),
 * otherwise the given problem.
 */
export function explainMissedRoute(
  problem: ProblemError,
  app: App,
  { url, method }: Request,
): ProblemError {
  const isMissed = problem.code === 'path_not_found'
  // With a refused host there is no URL.
  if (!isMissed && !isIdFault(problem)) return problem
  const { pathname, search } = new URL(url)
  // `/cars/availability` is not a car: DELETE must answer 405, not complain about the id.
  if (!isMissed && !isFixed(app, pathname)) return problem
  const plain = unescapeUnreserved(pathname)
  if (plain !== pathname && isRoute(app, method, plain)) return movedTo(`${plain}${search}`)
  const allowed = methods.filter((other) => isRoute(app, other, pathname))
  return allowed.length === 0 ? problem : notAllowed(allowed)
}

function isIdFault({ code, members }: ProblemError): boolean {
  const [first] = (members['errors'] ?? []) as { pointer: string }[]
  return code === 'invalid_input' && first?.pointer.startsWith('{') === true
}

// Elysia keeps routes without parameters apart, and answers HEAD wherever there is a GET.
function isRoute(app: App, method: string, path: string): boolean {
  const { http, static: fixed } = app.router
  const known = method === 'HEAD' ? 'GET' : method
  const { [path]: byMethod } = fixed
  return byMethod ? byMethod[known] !== undefined : http.find(known, path) !== null
}

function isFixed(app: App, path: string): boolean {
  return app.router.static[path] !== undefined
}

function unescapeUnreserved(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const letter = decodeURIComponent(escaped.replace(/%[89a-f]./i, '%2F'))
    return /[\w.~-]/.test(letter) ? letter : escaped
  })
}

function movedTo(location: string): ProblemError {
  return new ProblemError({
    status: 308,
    code: 'path_escaped',
    detail: 'Letters, digits, "-", ".", "_" and "~" are not escaped in a path.',
    headers: { location },
  })
}

function notAllowed(allowed: string[]): ProblemError {
  return new ProblemError({
    status: 405,
    code: 'method_not_allowed',
    detail: `This path answers to ${allowed.join(', ')}.`,
    headers: { allow: allowed.join(', ') },
  })
}
