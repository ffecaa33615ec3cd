import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { hour_ms } from '../../shared/duration.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { createHolds } from './holds.ts'
import { useRules } from './testing/use-rules.ts'

setDefaultTimeout(30_000)

const member = (id: string): Caller => ({ id, role: 'member', email: '', login: '', groups: [] })
const [anna, ben] = [member('anna'), member('ben')]
const admin: Caller = { ...member('root'), role: 'admin' }

describeStores('a hold by itself', (makeDatabase) => {
  const { store, tables, addResource, book, onStatement } = useRules(makeDatabase)
  const start = (now = Date.now()) => {
    const context = { store: store(), clock: () => now, id: Bun.randomUUIDv7 }
    return createHolds(context as unknown as Context, tables())
  }
  let hours = 0
  const held = async (values: object = {}, car?: number) => {
    const row = { created: Date.now(), held_until: Date.now() + hour_ms, ...values }
    hours += 2
    return book(car ?? (await addResource()), [hours, hours + 1], row)
  }
  const outcomeOf = (work: Promise<unknown>) =>
    work.then(
      (done) => done,
      (error: { code?: string }) => error.code,
    )
  const confirm = async (id: string, caller = anna, ifMatch?: number[]) => {
    const done = await outcomeOf(start().confirm(id, { body: undefined, caller, ifMatch }))
    const { value, version } = done as { value?: { status: string }; version?: number }
    return value ? [value.status, version] : done
  }
  const extend = async (id: string, hold_for: string, now = Date.now()) => {
    const change = { body: { hold_for }, caller: anna, ifMatch: undefined }
    const done = await outcomeOf(start(now).extend(id, change))
    const { value } = done as { value?: { held_until?: string } }
    return value ? Date.parse(value.held_until ?? '') : done
  }

  it('is confirmed by its owner in one statement, and again without a change', async () => {
    const id = await held()
    let statements = 0
    onStatement((_, run) => {
      statements++
      return run()
    })
    expect(await confirm(id)).toEqual(['confirmed', 2])
    expect(statements).toBe(1)
    expect(await confirm(id)).toEqual(['confirmed', 2])
    onStatement((_, run) => run())
  })

  it('is confirmed in the version that was seen only', async () => {
    const id = await held()
    expect(await confirm(id, anna, [2])).toBe('precondition_failed')
    expect(await confirm(id, anna, [1])).toEqual(['confirmed', 2])
  })

  it('is confirmed by whom it is for, or an administrator; by nobody once it expired', async () => {
    const given = { booked_for: 'ben' }
    expect(await confirm(await held(given))).toBe('forbidden')
    expect(await confirm(await held(given), ben)).toEqual(['confirmed', 2])
    expect(await confirm(await held({ booked_for: 'anna' }))).toEqual(['confirmed', 2])
    expect(await confirm(await held(), ben)).toBe('forbidden')
    expect(await confirm(await held(), admin)).toEqual(['confirmed', 2])
    expect(await confirm(await held({ held_until: 1000 }))).toBe('allocation_not_found')
    const secret = await addResource({ visible_to: '[]' })
    expect(await confirm(await held({}, secret), ben)).toBe('allocation_not_found')
    expect(await confirm(await held({}, secret))).toEqual(['confirmed', 2])
  })

  it('is not confirmed by its owner once its time is over', async () => {
    const over = { from_datetime: 1000, to_datetime: 2000 }
    expect(await confirm(await held(over))).toBe('allocation_over')
    expect(await confirm(await held(over), admin)).toEqual(['confirmed', 2])
  })

  it('is extended to a day after it was made, at most', async () => {
    const now = Date.now()
    const id = await held({ created: now - 10 * hour_ms })
    expect(await extend(id, 'PT14H', now)).toBe(now + 14 * hour_ms)
    expect(await extend(id, 'PT14H1S', now)).toBe('hold_too_long')
    await confirm(id)
    expect(await extend(id, 'PT1H', now)).toBe('not_held')
  })

  it('is confirmed once, however many want it at that moment', async () => {
    const id = await held({ booked_for: 'ben' })
    const all = await Promise.all([confirm(id, ben), confirm(id, ben), confirm(id, ben)])
    for (const one of all) expect(one).toEqual(['confirmed', 2])
  })
})
