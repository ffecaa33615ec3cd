import { expect, it } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useInventory } from '../fixture.ts'
import { hour_ms } from '../../../shared/duration.ts'

const ago = (hours: number) => new Date(Date.now() - hours * hour_ms).toISOString()

describeStores('a past booking', (makeDatabase) => {
  const { call, add } = useInventory(makeDatabase)

  async function bookPast(body: object = {}) {
    const car = await add()
    const span = { from_datetime: ago(3), to_datetime: ago(2), ...body }
    const made = await call<Allocation>('POST', `${car}/allocations`, { body: span, as: 'member' })
    expect(made.status).toBe(201)
    return { one: made.body, path: `${car}/allocations/${made.body.id}` }
  }

  it('is neither changed nor released by a member', async () => {
    const { one, path } = await bookPast()
    const by = `/api/allocations/${one.id}`
    const as = 'member'
    const tried = [
      await call<{ code: string }>('PATCH', path, { body: { description: 'x' }, as }),
      await call<{ code: string }>('PATCH', path, { body: { to_datetime: ago(-1) }, as }),
      await call<{ code: string }>('DELETE', path, { as }),
      await call<{ code: string }>('POST', `${by}/release`, { as }),
    ]
    for (const { status, body } of tried)
      expect([status, body.code]).toEqual([409, 'allocation_over'])
    expect((await call('GET', path, { as })).body).toEqual(one)
  })

  it('is corrected by an administrator', async () => {
    const { path } = await bookPast()
    const changed = await call('PATCH', path, { body: { description: 'was ill' } })
    expect([changed.status, changed.body]).toMatchObject([200, { description: 'was ill' }])
    expect((await call('DELETE', path)).status).toBe(204)
  })

  it('is not confirmed if it was only held', async () => {
    const { one } = await bookPast({ hold_for: 'PT1H' })
    const confirm = `/api/allocations/${one.id}/confirm`
    const { status, body } = await call<{ code: string }>('POST', confirm, { as: 'member' })
    expect([status, body.code]).toEqual([409, 'allocation_over'])
  })

  it('does not prevent ending a current one', async () => {
    const { path } = await bookPast({ to_datetime: ago(-1) })
    const as = 'member'
    const ended = await call('PATCH', path, { body: { to_datetime: ago(1) }, as })
    expect(ended.status).toBe(200)
    expect((await call('DELETE', path, { as })).status).toBe(409)
  })
})
