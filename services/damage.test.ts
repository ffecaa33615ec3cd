import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { createLog } from '../shared/host/log.ts'
import { createMetrics } from '../shared/host/metric.ts'
import { changeByHand } from '../shared/testing/by-hand.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { watchForDamage } from './damage.ts'
import { startForTest, testEnvironment } from './testing/system.ts'
import { hour_ms } from '../shared/duration.ts'

setDefaultTimeout(60_000)

describeStores('the daily check for damage', (makeDatabase) => {
  it('runs an hour after the start, and reports findings in metrics and log', async () => {
    const system = await startForTest(makeDatabase)
    onTestFinished(system.close)
    const metrics = createMetrics()
    let logged = ''
    const log = createLog({ level: 'info', format: 'json', write: (text) => (logged += text) })
    let now = Date.now()
    let run: () => Promise<boolean | void> = async () => {}
    const url = system.databaseUrlOf('ratings')
    const { schedule } = watchForDamage({
      services: ['ratings', 'users'],
      metrics,
      log,
      clock: () => now,
      environment: {
        ...process.env,
        ...testEnvironment,
        RATINGS_DATABASE_URL: url,
        USERS_DATABASE_URL: system.databaseUrlOf('users'),
      },
    })
    schedule({ every: (_seconds, _name, task) => void (run = task) })

    await run()
    expect(await metrics.text()).not.toMatch(/^campus_damage\b.*\d$/m)
    now += 2 * hour_ms
    await run()
    expect(await metrics.text()).toMatch(/^campus_damage\{database="ratings"\} 0$/m)
    log.flush()
    expect(logged).toBe('')

    await changeByHand(
      url,
      'INSERT INTO book_rating_counts (book_id, value, count, revision) VALUES (1, 2, 3, 4)',
    )
    now += 12 * hour_ms
    await run()
    expect(await metrics.text()).toMatch(/^campus_damage\{database="ratings"\} 0$/m)
    now += 12 * hour_ms
    await run()
    const text = await metrics.text()
    expect(text).toMatch(/^campus_damage\{database="ratings"\} 1$/m)
    expect(text).toMatch(/^campus_damage\{database="users"\} 0$/m)
    expect(text).toMatch(new RegExp(`^campus_damage_looked_timestamp_seconds ${now / 1000}$`, 'm'))
    log.flush()
    expect(logged).toContain('book 1: 3 are counted for 2, 0 are there')
  })

  it("finds no damage if another service's database is not known", async () => {
    const system = await startForTest(makeDatabase)
    onTestFinished(system.close)
    const metrics = createMetrics()
    const body = { title: 'T', author: 'A', release_date: '1999-01-01', publisher: 'P' }
    expect((await system.send('POST', '/api/books', { body })).status).toBe(201)
    const { look } = watchForDamage({
      services: ['books'],
      metrics,
      log: createLog({ level: 'info', format: 'json' }),
      clock: Date.now,
      environment: {
        ...process.env,
        ...testEnvironment,
        DATABASE_URL: system.databaseUrlOf('books'),
        BOOKS_DATABASE_URL: system.databaseUrlOf('books'),
      },
    })
    await look()
    expect(await metrics.text()).toMatch(/^campus_damage\{database="books"\} 0$/m)
  })
})
