import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { runKillRounds } from './kill-rounds.ts'

// Ten rounds take 6 s on two cores. `bun run chaos kill` runs more of them.
const rounds = 10
setDefaultTimeout(240_000)

describeStores('an inventory killed under load', (makeDatabase) => {
  it('has everything acknowledged when it starts again', async () => {
    const database = await makeDatabase()
    onTestFinished(database.remove)
    const report = await runKillRounds({ databaseUrl: database.url, rounds })

    expect(report.faults).toEqual([])
    expect(report.rounds).toBeGreaterThanOrEqual(rounds)
    expect(report.acknowledged.creates).toBeGreaterThan(rounds)
    expect(report.acknowledged.moves).toBeGreaterThan(0)
    expect(report.acknowledged.releases).toBeGreaterThan(0)
    expect(report.acknowledged.bundles).toBeGreaterThan(0)
    expect(report.acknowledged.confirms).toBeGreaterThan(0)
    // The kills did come while requests were in flight.
    expect(report.unanswered).toBeGreaterThan(0)
    expect(report.repeated).toBeGreaterThan(0)
  })
})
