/** What an address is made of besides its path. */
export interface AddressParts {
  path?: Record<string, string | number>
  query?: Record<string, unknown>
}

/** The address of a request: path with its parameters, and query. */
export function toAddress(
  path: string,
  { path: parameters = {}, query = {} }: AddressParts,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name]
    if (value === undefined || value === '') throw new TypeError(`${path}: ${name} is missing`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value as string))
  }
  return search.size > 0 ? `${filled}?${search.toString()}` : filled
}

/** Where the next page of a list is; undefined on the last one (RFC 8288). */
export function toNext(response: Response): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
}
