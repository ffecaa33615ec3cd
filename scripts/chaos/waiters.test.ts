import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { runWaiterRounds } from './waiters.ts'

// `bun run chaos waiters` runs more of them.
const rounds = 5
setDefaultTimeout(240_000)

describeStores('an inventory killed while people wait', (makeDatabase) => {
  it('leaves nothing free that somebody waits for', async () => {
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    const report = await runWaiterRounds({ databaseUrl: database.url, rounds })
    expect(report.faults).toEqual([])
    expect(report.rounds).toBe(rounds)
    expect(report.joined).toBeGreaterThan(0)
    expect(report.served).toBeGreaterThan(0)
  })
})
