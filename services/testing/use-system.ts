import { afterAll, beforeAll } from 'bun:test'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { startForTest, type SendOptions, type TestSystem } from './system.ts'

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** One system for all tests of a file; each test uses things of its own. */
export function useSystem(
  makeDatabase: MakeDatabase,
  options: Parameters<typeof startForTest>[1] = {},
) {
  let system: TestSystem
  beforeAll(async () => {
    system = await startForTest(makeDatabase, options)
  }, 30_000)
  afterAll(() => system.close())

  return {
    /** A request through the front door, and what came back. */
    call: async <T>(method: string, path: string, request?: SendOptions): Promise<Answer<T>> =>
      toAnswer<T>(await system.send(method, path, request)),
    system: () => system,
  }
}

/** Reads JSON as what it says, anything else as text; an empty body is null. */
export async function toAnswer<T>(response: Response): Promise<Answer<T>> {
  const { status, headers } = response
  const text = await response.text()
  const isJson = headers.get('content-type')?.includes('json')
  return { status, headers, body: (isJson ? JSON.parse(text) : text || null) as T }
}
