import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { runWebhookRounds } from './webhook-rounds.ts'

// Each waits for the lease of the killed process. `bun run chaos webhooks` runs more of them.
const rounds = 3
setDefaultTimeout(240_000)

describeStores('webhooks whose sender is killed', (makeDatabase) => {
  it('get every event, in order for each subject', async () => {
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    const report = await runWebhookRounds({ databaseUrl: database.url, rounds })

    expect(report.faults).toEqual([])
    expect(report).toMatchObject({ rounds, happened: 180, taken: 180 })
  })
})
