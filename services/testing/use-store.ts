import { afterAll, beforeAll } from 'bun:test'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { locateFile } from '../../shared/program.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import type { MakeDatabase, TestDatabase } from '../../shared/testing/describe-stores.ts'

type RunStatement = (text: string, run: () => Promise<unknown>) => Promise<unknown>

/**
 * The database of one service, without a system: for tests of one rule, which write its rows.
 * @returns what to do with it, once the tests run
 */
export function useStore(makeDatabase: MakeDatabase, service: string) {
  let database: TestDatabase
  let store: Store
  let runStatement: RunStatement = (_, run) => run()
  const stores = createStores(<T>(text: string, run: () => Promise<T>) => {
    return runStatement(text, run) as Promise<T>
  })
  const url = () => database.url.replace('{service}', service)

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    store = await stores.open(url())
    await store.migrate(locateFile(`services/${service}/migrations`))
  }, 30_000)
  afterAll(async () => {
    await stores.close()
    await database.remove()
  })

  return {
    store: () => store,
    /** As an operator, past all of our code. */
    byHand: (text: string) => changeByHand(url(), text),
    /** Runs each statement; may change something first, or lose it. */
    onStatement: (run: RunStatement) => (runStatement = run),
  }
}
