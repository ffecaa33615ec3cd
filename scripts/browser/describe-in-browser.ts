import { afterAll, beforeAll, describe } from 'bun:test'
import { browserPath, openStage, type Stage } from './stage.ts'

/**
 * Tests on one stage, opened before the first of them; skipped without a browser.
 * @param settings further environment variables
 */
export function describeInBrowser(
  name: string,
  tests: (stage: Stage) => void,
  settings: Record<string, string> = {},
): void {
  describe.skipIf(!browserPath)(name, () => {
    const stage = {} as Stage
    let opened: Stage | undefined
    beforeAll(async () => {
      opened = await openStage(settings)
      Object.assign(stage, opened)
    })
    afterAll(() => opened?.close())
    tests(stage)
  })
}
