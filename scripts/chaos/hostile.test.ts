import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores, makeSqlite } from '../../shared/testing/describe-stores.ts'
import { runHostileCampaign } from './hostile-campaign.ts'
import type { Attack } from './hostile/attack.ts'

// `bun run chaos hostile` sends all of them, with a tenth of these limits.
const cpuMax_ms = 100
const memoryMax_bytes = 10e6
// One in that many, different ones each time.
const sampling = 80
setDefaultTimeout(300_000)

describeStores('the gateway under hostile requests', (makeDatabase) => {
  it('withstands all of them: no 5xx, only problems, nothing expensive', async () => {
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    let turn = 0
    const select = (attacks: Attack[]) => attacks.filter(() => turn++ % sampling === 0)
    const options = { databaseUrl: database.url, cpuMax_ms, memoryMax_bytes, select }
    const report = await runHostileCampaign(options)
    expect(report.faults).toEqual([])
    expect(report.requests).toBeGreaterThan(250)
  })
})

it('runs no pattern for longer than linear time', async () => {
  const database = await makeSqlite({ migrated: true })
  onTestFinished(database.remove)
  const seen = new Set<string>()
  // The same string of the same model in many routes counts once.
  const isNew = ({ repeats, name, body }: Attack) => {
    const text = `${repeats} ${body?.toString() ?? name}`
    const isNew = repeats !== undefined && !seen.has(text)
    seen.add(text)
    return isNew
  }
  const select = (attacks: Attack[]) => attacks.filter(isNew)
  const options = { databaseUrl: database.url, cpuMax_ms, memoryMax_bytes, select }
  const report = await runHostileCampaign(options)
  expect(report.faults).toEqual([])
  expect(report.requests).toBeGreaterThan(100)
})
