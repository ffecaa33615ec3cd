import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Audit } from '../../shared/schemas/allocation.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'

describeStores('the audit', (makeDatabase) => {
  let statements: string[] = []
  let system: TestSystem
  beforeAll(async () => {
    const stores = createStores((text, run) => {
      statements.push(text)
      return run()
    })
    system = await startForTest(makeDatabase, { stores })
  }, 30_000)
  afterAll(() => system.close())

  const ask = (as?: string) =>
    system.send('GET', '/api/allocations/audit', { ...(as !== undefined && { as }) })

  it('is for administrators', async () => {
    expect((await ask('member')).status).toBe(403)
    expect((await ask()).status).toBe(200)
  })

  it('counts once for simultaneous requests, and again for later ones', async () => {
    await system.tokenOf('admin')
    statements = []
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()))
    const counts = (await Promise.all(answers.map((answer) => answer.json()))) as Audit[]
    const runs = () => statements.filter((text) => text.includes('AS overlaps')).length
    expect(runs()).toBeLessThan(20)
    expect(new Set(counts.map((each) => JSON.stringify(each))).size).toBe(1)
    const before = runs()
    await system.send('POST', '/api/cars', { body: { name: 'One more' } })
    const later = (await (await ask()).json()) as Audit
    expect(later.resources).toBe((counts[0]?.resources ?? 0) + 1)
    expect(runs()).toBe(before + 1)
  })
})
