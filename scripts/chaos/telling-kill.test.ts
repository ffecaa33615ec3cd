import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { runTellingRounds } from './telling-rounds.ts'

// `bun run chaos telling` runs more of them.
const rounds = 4
setDefaultTimeout(280_000)

describeStores('notifications killed repeatedly', (makeDatabase) => {
  it('notify of everything acknowledged, once, and of nothing refused', async () => {
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    const report = await runTellingRounds({ databaseUrl: database.url, rounds })

    expect(report.faults).toEqual([])
    expect(report.rounds).toBe(rounds)
    expect(report.happened).toBeGreaterThanOrEqual(2 * 3 * rounds)
    expect(report.refused).toBeGreaterThan(0)
    expect(report.told).toBe(report.happened)
    expect(report.mails).toBeGreaterThan(10)
  })
})
