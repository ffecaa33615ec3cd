import { expect, it } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { AllocationVersion } from '../../../shared/schemas/allocation-history.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useInventory } from '../fixture.ts'
import { forgeCursor } from '../../testing/forged-cursor.ts'

describeStores('history', (makeDatabase) => {
  const { call, add, system } = useInventory(makeDatabase)

  async function book(car: string, hour: string, body: object = {}): Promise<Allocation> {
    const span = { from_datetime: at(hour), to_datetime: at(`${hour}:30`) }
    const answer = await call<Allocation>('POST', `${car}/allocations`, {
      body: { ...span, ...body },
      as: 'member',
    })
    expect(answer.status).toBe(201)
    return answer.body
  }

  const byHand = (text: string) => changeByHand(system().databaseUrl, text)
  const keyOf = (id: string) =>
    system().databaseUrl.startsWith('sqlite') ? `x'${id.replaceAll('-', '')}'` : `'${id}'`
  const timeOf = (time: string) =>
    system().databaseUrl.startsWith('sqlite') ? String(Date.parse(time)) : `'${time}'`

  const historyOf = async (id: string) => {
    const path = `/api/allocations/${id}/history`
    return (await call<AllocationVersion[]>('GET', path, { as: 'member' })).body
  }
  const whoHad = async (car: string, query = '') => {
    const path = `/api/resources/${car.slice(-36)}/history${query}`
    return (await call<AllocationVersion[]>('GET', path, { as: 'member' })).body
  }
  const brief = (versions: AllocationVersion[]) =>
    versions.map(({ allocation, change, by }) => [
      allocation.from_datetime?.slice(11, 16) ?? null,
      change,
      by,
    ])

  it('who_had_it: after a move and a release, and who changed what', async () => {
    const car = await add()
    const one = await book(car, '08', { description: 'Customer visit' })
    const path = `${car}/allocations/${one.id}`
    const moved = { from_datetime: at('10'), to_datetime: at('11') }
    await call('PATCH', path, { body: moved, as: 'member' })
    await call('PATCH', path, { body: { description: 'Repairs' } })
    expect((await call('DELETE', path, { as: 'member' })).status).toBe(204)

    const admin = (await call<{ id: string }>('GET', '/api/users/me')).body.id
    const versions = await historyOf(one.id)
    expect(brief(versions)).toEqual([
      ['08:00', 'moved', one.created_by],
      ['10:00', 'changed', admin],
      ['10:00', 'released', one.created_by],
    ])
    expect(versions[0]?.allocation).toEqual(one)
    expect(versions.map(({ allocation }) => allocation.description)).toEqual([
      'Customer visit',
      'Customer visit',
      'Repairs',
    ])
    // Without a gap: each begins when the one before ended.
    const bounds = versions.map(({ valid_from, valid_to }) => [valid_from, valid_to])
    expect(bounds.flat().slice(0, -1)).toEqual([
      one.created,
      ...bounds.slice(0, -1).flatMap(([, end]) => [end ?? '', end ?? '']),
    ])
    expect(brief(await whoHad(car)).toSorted()).toEqual(brief(versions).toSorted())
  })

  it('who_had_it: a booking that never changed is its own and only version', async () => {
    const car = await add()
    const one = await book(car, '08')
    const only = {
      allocation: one,
      valid_from: one.created,
      valid_to: null,
      change: null,
      by: null,
    }
    expect(await historyOf(one.id)).toEqual([only])
    expect(await whoHad(car)).toEqual([only])
  })

  it('who_had_it: after retirement, including bookings cancelled by it', async () => {
    const car = await add()
    const one = await book(car, '08')
    const admin = (await call<{ id: string }>('GET', '/api/users/me')).body.id
    await call('DELETE', `${car}?allocations=cancel`)
    const [tombstone, former, ...rest] = (await whoHad(car)).toSorted((a) =>
      a.allocation.allocation_type === 'decommissioned' ? -1 : 1,
    )
    expect(rest).toEqual([])
    expect(tombstone).toMatchObject({ change: null, allocation: { created_by: admin } })
    expect(former).toMatchObject({ allocation: one, change: 'released', by: admin })
  })

  it('who_had_it: SQL by hand is recorded too, without an actor', async () => {
    const car = await add()
    const [one, other] = [await book(car, '08'), await book(car, '12')]
    const to = `from_datetime = ${timeOf(at('09'))}, to_datetime = ${timeOf(at('10'))}`
    // Just after a change by the API, and as if it were one.
    await call('PATCH', `${car}/allocations/${one.id}`, { body: { description: 'x' } })
    await byHand(`UPDATE allocations SET ${to}, version = version + 1 WHERE id = ${keyOf(one.id)}`)
    await byHand(`DELETE FROM allocations WHERE id IN (${keyOf(one.id)}, ${keyOf(other.id)})`)
    expect(brief(await historyOf(one.id)).slice(1)).toEqual([
      ['08:00', 'moved', null],
      ['09:00', 'released', null],
    ])
    expect(brief(await historyOf(other.id))).toEqual([['12:00', 'released', null]])
  })

  it('records holds: confirmed, extended, expired', async () => {
    const car = await add()
    const one = await book(car, '08', { hold_for: 'PT15M' })
    const path = `/api/allocations/${one.id}`
    await call('POST', `${path}/extend`, { body: { hold_for: 'PT30M' }, as: 'member' })
    await call('POST', `${path}/confirm`, { as: 'member' })
    await call('POST', `${path}/release`, { as: 'member' })
    const mine = one.created_by
    expect(brief(await historyOf(one.id))).toEqual([
      ['08:00', 'extended', mine],
      ['08:00', 'confirmed', mine],
      ['08:00', 'released', mine],
    ])

    const other = await book(car, '08', { hold_for: 'PT15M' })
    const soon = new Date(Date.now() - 1000).toISOString()
    const until = `held_until = ${timeOf(soon)}`
    await byHand(`UPDATE allocations SET ${until} WHERE id = ${keyOf(other.id)}`)
    const before = await historyOf(other.id)
    expect(before.at(-1)).toMatchObject({ change: 'expired', by: null, valid_to: soon })
    // A booking of the time removes the row, but did not end the hold.
    await book(car, '08')
    const after = await historyOf(other.id)
    expect(after.at(-1)).toMatchObject({ change: 'expired', by: null })
    expect(after).toHaveLength(before.length)
  })

  it('comes in pages', async () => {
    const car = await add()
    const one = await book(car, '08')
    const path = `${car}/allocations/${one.id}`
    for (const hour of ['09', '10', '11', '12']) {
      await call('PATCH', path, {
        body: { from_datetime: at(hour), to_datetime: at(`${hour}:30`) },
      })
    }
    await book(car, '13')
    const read = async (start: string) => {
      const found: AllocationVersion[] = []
      for (let next: string | undefined = start; next;) {
        const page = await call<AllocationVersion[]>('GET', next, { as: 'member' })
        expect(page.body.length).toBeLessThanOrEqual(2)
        found.push(...page.body)
        next = toNext(page.headers)
      }
      return found.map(({ allocation }) => allocation.from_datetime?.slice(11, 13))
    }
    const hours = ['08', '09', '10', '11', '12']
    expect(await read(`/api/allocations/${one.id}/history?limit=2`)).toEqual(hours)
    const of = `/api/resources/${car.slice(-36)}/history?limit=2`
    expect(await read(of)).toEqual(['13', ...hours.toReversed()])
    const window = `&from=${at('09:30')}&to=${at('11:00:01')}`
    expect(await read(of + window)).toEqual(['11', '10'])
  })

  it('includes long and endless bookings that began before a window', async () => {
    const car = await add()
    const days = [0, 20, 200, 1000]
    for (const [place, length] of days.entries()) {
      const start = Date.parse('2031-01-01T00:00:00Z') + place * 10_000 * 24 * 3_600_000
      const span = [start, start + (length || 0.5) * 24 * 3_600_000]
      const [from_datetime, to_datetime] = span.map((time) => new Date(time).toISOString())
      const { body } = await call<Allocation>('POST', `${car}/allocations`, {
        body: { from_datetime, to_datetime },
      })
      await call('DELETE', `${car}/allocations/${body.id}`)
      const last = new Date((span[1] as number) - 1).toISOString()
      const found = await whoHad(car, `?from=${last}&to=${to_datetime}`)
      expect(found.map(({ allocation }) => allocation.id)).toEqual([body.id])
    }
    const endless = await call<Allocation>('POST', `${car}/allocations`, {
      body: { from_infinity: true, from_datetime: null, to_infinity: true, to_datetime: null },
    })
    await call('DELETE', `${car}/allocations/${endless.body.id}`)
    const found = await whoHad(car, `?from=9999-01-01T00:00:00Z&limit=1`)
    expect(found.map(({ allocation }) => allocation.id)).toEqual([endless.body.id])
    expect(await whoHad(car, '?from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z')).toHaveLength(1)
  })

  it('is 404 for unknown ids, and refuses a cursor of another list', async () => {
    const nothing = Bun.randomUUIDv7()
    for (const path of ['allocations', 'resources']) {
      const { status } = await call('GET', `/api/${path}/${nothing}/history`, { as: 'member' })
      expect(status).toBe(404)
    }
    const car = await add()
    const of = `/api/resources/${car.slice(-36)}/history`
    for (const cursor of ['MQ', 'WzEsMiwzXQ', 'bm8']) {
      expect((await call('GET', forgeCursor(of, cursor))).status).toBe(400)
    }
    expect((await call('GET', of, { as: null })).status).toBe(401)
  })
})

function toNext(headers: Headers): string | undefined {
  return /<(.*)>/.exec(headers.get('link') ?? '')?.[1]
}
