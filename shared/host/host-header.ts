import { ProblemError } from '../problem.ts'

// A system has a handful of names, which recur.
const hostsMax = 100

/**
 * Makes the check of the `Host` header, without which a request has no URL (RFC 9112 section 3.2).
 * Parsing takes longer than everything else before the route, so valid hosts are cached.
 * @returns a function that throws 400 `host_invalid`
 */
export function createHostCheck(): (request: Request) => void {
  const known = new Set<string>()
  return ({ headers, url }) => {
    const host = headers.get('host')
    if (host !== null && known.has(host)) return
    if (!URL.canParse(url)) throw hostInvalid()
    if (host !== null && known.size < hostsMax) known.add(host)
  }
}

function hostInvalid(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'host_invalid',
    detail: 'The Host header is missing, or names no host.',
  })
}
