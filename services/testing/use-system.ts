import { afterAll, beforeAll } from 'bun:test'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { startForTest, type SendOptions, type TestSystem } from './system.ts'

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** One system for all tests of a file; each test uses things of its own. */
export function useSystem(makeDatabase: MakeDatabase) {
  let system: TestSystem
  beforeAll(async () => {
    system = await startForTest(makeDatabase)
  }, 30_000)
  afterAll(() => system.close())

  return {
    /** A request through the front door, and its answer read as JSON. */
    call: async <T>(method: string, path: string, options?: SendOptions): Promise<Answer<T>> => {
      const response = await system.send(method, path, options)
      const text = await response.text()
      const { status, headers } = response
      return { status, headers, body: (text ? JSON.parse(text) : null) as T }
    },
    system: () => system,
  }
}
