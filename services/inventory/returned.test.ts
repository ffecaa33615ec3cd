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
  const { store, tables, addResource, book, onStatement, byHand } = useRules(makeDatabase)
  const out = { allocation_type: 'decommissioned' }
  const resources = {
    get: async () => 'back',
    find: async () => ({ name: 'Car' }),
  } as unknown as Resources

  const rowOf = async (number: number) =>
    (await store().db.select().from(tables().resources)).find((one) => one.number === number)
  /** @returns `back`, or why not */
  async function putBack(number: number, now: number, ifMatch?: number[]) {
    const context = { store: store(), clock: () => now, id: Bun.randomUUIDv7 }
    const { putBack: run } = createRetirement(context as unknown as Context, tables(), resources)
    const id = (await rowOf(number))?.id ?? ''
    return run(id, { body: undefined, caller: admin, ifMatch }).then(
      String,
      (error: { code?: string }) => error.code ?? error,
    )
  }
  const find = async (id: string) =>
    (await store().db.select().from(tables().allocations)).find((row) => row.id === id)
  const ends = async () => {
    const all = await store().db.select().from(tables().allocations)
    return new Map(all.map((row) => [row.id, row.to_datetime]))
  }

  it('was out of service until now, at least for a moment; what was before stays', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const kept = [await book(car, [1, 2], out), await book(car, [3, 4])]
    const others = await book(other, [5, Infinity], out)
    const away = await book(car, [6, Infinity], out)
    const before = await ends()
    expect(await putBack(car, at(6))).toBe('back')
    const after = await ends()
    expect(after.get(away)).toBe(at(6) + 1)
    for (const one of [...kept, others]) expect(after.get(one)).toBe(before.get(one) ?? 0)
    const row = await find(away)
    expect(row?.version).toBe(2)
    const versions = await store().db.select().from(tables().allocation_versions)
    const former = versions.find(({ allocation_id }) => allocation_id === away)
    expect(former?.changed_by).toBe('root')
    expect(await putBack(other, at(8))).toBe('back')
    expect((await ends()).get(others)).toBe(at(8))
  })

  it('is as it was seen', async () => {
    const car = await addResource()
    await book(car, [6, Infinity], out)
    const { version = 0 } = (await rowOf(car)) ?? {}
    expect(await putBack(car, at(7), [version + 1])).toBe('precondition_failed')
    expect(await putBack(car, at(7), [version])).toBe('back')
  })

  it('does not return if its name was given to another, or the database fails', async () => {
    const car = await addResource({ name: 'Pool 1' })
    await book(car, [6, Infinity], out)
    await addResource({ name: 'Pool 1' })
    expect(await putBack(car, at(7))).toBe('resource_name_taken')
    const failure = new Error('gone')
    onStatement((text, run) => (/^update/i.test(text) ? Promise.reject(failure) : run()))
    const error = await putBack(car, at(7))
    expect(String(error instanceof Error ? (error.cause ?? error) : error)).toContain('gone')
    onStatement((_, run) => run())
  })

  it('is ended in the version that was read, if another request changes it meanwhile', async () => {
    const car = await addResource()
    const away = await book(car, [6, Infinity], out)
    let tries = 0
    onStatement(async (text, run) => {
      if (/^update "allocations"/i.test(text) && tries++ === 0)
        await byHand(`UPDATE allocations SET version = 7, description = 'Sold?'
          WHERE allocation_type = 'decommissioned' AND resource_number = ${car}`)
      return run()
    })
    expect(await putBack(car, at(7))).toBe('back')
    onStatement((_, run) => run())
    const row = await find(away)
    expect([tries, row?.version]).toEqual([2, 8])
  })

  it('is in service if another request was faster, and what is booked since stays', async () => {
    const car = await addResource()
    await book(car, [6, Infinity], out)
    let booked = ''
    onStatement(async (text, run) => {
      if (/^select .* from "allocations"/is.test(text)) {
        onStatement((_, go) => go())
        expect(await putBack(car, at(7))).toBe('back')
        booked = await book(car, [20, Infinity])
      }
      return run()
    })
    expect(await putBack(car, at(8))).toBe('resource_in_service')
    expect((await find(booked))?.to_datetime).toBe(Infinity)
  })
})
