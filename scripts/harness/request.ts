import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type { Allocation, Audit } from '../../shared/schemas/allocation.ts'
import { forgetAuthorization, readAuthorization } from './administrator.ts'
import { createStock, runClients } from './clients.ts'

/** A response. */
export interface Answer {
  status: number
  headers: Headers
  body: unknown
}

export interface RequestOptions {
  body?: unknown
  headers?: Record<string, string>
}

// Longer than any timeout of the service: past it, no response will come.
const patience_ms = 30_000

/** Sends one request. Undefined without a complete response: its effect is unknown. */
export async function send(
  method: string,
  url: string,
  options: RequestOptions = {},
): Promise<Answer | undefined> {
  const answer = await sendOnce(method, url, options)
  if (answer?.status !== 401) return answer
  // Nothing was done: another system had this port when we logged in.
  forgetAuthorization(url)
  return sendOnce(method, url, options)
}

async function sendOnce(
  method: string,
  url: string,
  { body, headers }: RequestOptions,
): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(isSystemPath(url) ? {} : { authorization: await readAuthorization(url) }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patience_ms),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: readJson(text) }
  } catch {
    return undefined
  }
}

// These are requested without an account.
function isSystemPath(url: string): boolean {
  return url.endsWith('/readyz') || url.endsWith('/livez')
}

/** @throws Error unless the response is 200 or 201 */
export async function expectBody<T>(
  method: string,
  url: string,
  options?: RequestOptions,
): Promise<T> {
  const { body } = await expectAnswer(method, url, options)
  return body as T
}

// Enough to share a commit well.
const createdAtOnce = 100

/** Creates cars to book. @returns their paths */
export function createCars(url: string, count: number): Promise<string[]> {
  return createResources(url, count, 'cars')
}

/** @param segment of their type: `trucks`. @returns their paths */
export async function createResources(
  url: string,
  count: number,
  segment: string,
): Promise<string[]> {
  const paths: string[] = []
  await runClients(Math.min(count, createdAtOnce), createStock(count), async () => {
    const body = { name: `No. ${Bun.randomUUIDv7()}` }
    const { id } = await expectBody<{ id: string }>('POST', `${url}/api/${segment}`, { body })
    paths.push(`/api/${segment}/${id}`)
  })
  return paths
}

/** All bookings of a resource, page by page. */
export function readAllocations(url: string, resource: string): Promise<Allocation[]> {
  return readPages(url, `${resource}/allocations?limit=200`)
}

/** All bookings a resource ever had, including former versions. */
export function readHistory(url: string, resource: string): Promise<AllocationVersion[]> {
  const id = resource.split('/').at(-1)
  return readPages(url, `/api/resources/${id}/history?limit=200`)
}

async function readPages<T>(url: string, first: string): Promise<T[]> {
  const rows: T[] = []
  let path: string | undefined = first
  while (path) {
    const { body, headers }: Answer = await expectAnswer('GET', url + path)
    rows.push(...(body as T[]))
    path = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  }
  return rows
}

export async function readAudit(url: string): Promise<Audit> {
  return expectBody<Audit>('GET', `${url}/api/allocations/audit`)
}

async function expectAnswer(
  method: string,
  url: string,
  options?: RequestOptions,
): Promise<Answer> {
  const answer = await send(method, url, options)
  if (answer && (answer.status === 200 || answer.status === 201)) return answer
  const text = answer ? `${answer.status} ${JSON.stringify(answer.body)}` : 'no answer'
  throw new Error(`${method} ${url}: ${text}`)
}

// A response that is not JSON is still a response; a caller that expects JSON will notice.
function readJson(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined
  } catch {
    return text
  }
}
