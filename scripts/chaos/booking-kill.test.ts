import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { runBookingRounds } from './booking-rounds.ts'

// Each step of the protocol once, from both sides. `bun run chaos bookings` runs more of them.
const rounds = 10
setDefaultTimeout(240_000)

describeStores('bookings killed between two steps', (makeDatabase) => {
  it('have everything acknowledged, backed by inventory, and nothing else', async () => {
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    const report = await runBookingRounds({ databaseUrl: database.url, rounds })

    expect(report.faults).toEqual([])
    expect(Object.keys(report.kills)).toHaveLength(rounds)
    expect(report.audit).toMatchObject({ unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 })
    expect(report.audit.bookings).toBeGreaterThan(0)
    expect(report.booked).toBeGreaterThanOrEqual(report.audit.bookings)
    expect(report.series).toBeGreaterThan(0)
    expect(report.repeated).toBeGreaterThan(0)
  })
})
