import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { runFileRounds } from './file-rounds.ts'

// Five rounds take 10 s on two cores. `bun run chaos files` runs more of them.
const rounds = 5
setDefaultTimeout(240_000)

describeStores('files killed during uploads', (makeDatabase) => {
  it('have everything acknowledged, and no leftovers after the check', async () => {
    const database = await makeDatabase({ migrated: true })
    const folder = await mkdtemp(join(tmpdir(), 'campus-file-kill-'))
    onTestFinished(async () => {
      await database.remove()
      await rm(folder, { recursive: true })
    })
    const report = await runFileRounds({ databaseUrl: database.url, folder, rounds })

    expect(report.faults).toEqual([])
    expect(report.rounds).toBe(rounds)
    expect(report.uploads + report.parts).toBeGreaterThan(0)
    // The kills did come during uploads.
    expect(report.unanswered).toBeGreaterThan(0)
  })
})
