import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { createRetirement } from './retirement.ts'
import type { Resources } from './resources.ts'
import { at, useRules } from './testing/use-rules.ts'

setDefaultTimeout(30_000)

const admin: Caller = { id: 'root', role: 'admin', email: '', login: '', groups: [] }

describeStores('a resource that returns', (makeDatabase) => {
  const { store, tables, addResource, book } = useRules(makeDatabase)

  it('was out of service until now, at least for a moment; what was before stays', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const out = { allocation_type: 'decommissioned' }
    const kept = [await book(car, [1, 2], out), await book(car, [3, 4])]
    const others = await book(other, [5, Infinity], out)
    const away = await book(car, [6, Infinity], out)
    const rows = async () => {
      const all = await store().db.select().from(tables().allocations)
      return new Map(all.map((row) => [row.id, row.to_datetime]))
    }
    const before = await rows()
    const { id = '' } =
      (await store().db.select().from(tables().resources)).find((one) => one.number === car) ?? {}
    const resources = { get: async () => 'back' } as unknown as Resources
    const back = (now: number) => {
      const context = { store: store(), clock: () => now, id: Bun.randomUUIDv7 }
      const { putBack } = createRetirement(context as unknown as Context, tables(), resources)
      return putBack(id, { body: undefined, caller: admin, ifMatch: undefined })
    }
    expect(await back(at(6))).toBe('back' as never)
    const after = await rows()
    expect(after.get(away)).toBe(at(6) + 1)
    for (const one of [...kept, others]) expect(after.get(one)).toBe(before.get(one) ?? 0)
  })
})
