import { expect, it } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { createRandom } from '../testing/random.ts'
import { at, useInventory } from '../fixture.ts'
import { hour_ms } from '../../../shared/duration.ts'

describeStores('bookings as of a moment', (makeDatabase) => {
  const { call, add, system } = useInventory(makeDatabase)

  const list = async (query: string) => {
    const { body, status } = await call<Allocation[]>('GET', `/api/allocations?${query}`, {
      as: 'member',
    })
    expect(status).toBe(200)
    return body
  }
  const toSpan = (start: number, length: number) => ({
    from_datetime: new Date(start).toISOString(),
    to_datetime: new Date(start + length).toISOString(),
  })

  it('are those of that time, for every filter, after any changes', async () => {
    const random = createRandom(7)
    const cars = [await add(), await add('lorries'), await add()]
    const start = Date.parse(at('00'))
    const filters = [
      `from=${at('00')}&to=2027-03-20T00:00:00Z`,
      `from=2027-03-05T00:00:00Z&to=2027-03-06T00:00:00Z`,
      `from=${at('00')}&to=2027-04-01T00:00:00Z&type=Lorry`,
      `resource_id=${cars[0]?.slice(-36)}`,
      'mine=true',
      'mine=true&status=held',
      `from=${at('00')}&to=2027-03-20T00:00:00Z&q=visit`,
    ]
    const live: { path: string; id: string }[] = []
    const moments: { moment: string; lists: Allocation[][] }[] = []
    const lengths = [1, 5, 40 * 24]

    async function change() {
      const span = toSpan(
        start + random.integer(20 * 24) * hour_ms,
        (lengths[random.integer(30) === 0 ? 2 : random.integer(2)] as number) * hour_ms,
      )
      const one = random.pick(live)
      const as = 'member'
      switch (one ? random.integer(5) : 0) {
        case 1:
          return call('PATCH', `${one?.path}`, { body: span, as })
        case 2:
          live.splice(live.indexOf(one as never), 1)
          return call('DELETE', `${one?.path}`, { as })
        case 3:
          return call('PATCH', `${one?.path}`, { body: { description: 'Customer visit' }, as })
        case 4:
          return call('POST', `/api/allocations/${one?.id}/confirm`, { as })
        default: {
          const hold = random.oneIn(2) ? { hold_for: 'PT20H' } : {}
          const path = `${random.pick(cars)}/allocations`
          const { body, status } = await call<Allocation>('POST', path, {
            body: { ...span, ...hold },
            as,
          })
          if (status === 201) live.push({ path: `${path}/${body.id}`, id: body.id })
        }
      }
    }

    for (let step = 0; step < 120; step++) {
      await change()
      if (step % 6 > 0) continue
      const lists = await Promise.all(filters.map((filter) => list(`${filter}&limit=5000`)))
      // What happens within one millisecond is as of none, or of all of it.
      await Bun.sleep(3)
      moments.push({ moment: new Date().toISOString(), lists })
      await Bun.sleep(3)
    }
    for (const index of filters.keys()) {
      expect(moments.some(({ lists }) => lists[index]?.length)).toBe(true)
    }
    for (const { moment, lists } of moments) {
      for (const [index, filter] of filters.entries()) {
        const found = await list(`${filter}&limit=5000&as_of=${moment}`)
        expect([moment, filter, found]).toEqual([moment, filter, lists[index] ?? []])
      }
    }
  })

  it('come in pages, none twice and none missing', async () => {
    const [car, other] = [await add(), await add()]
    for (const hour of ['01', '03', '05', '07', '09']) {
      for (const path of [car, other]) {
        const span = toSpan(Date.parse(at(hour)), hour_ms)
        const { body } = await call<Allocation>('POST', `${path}/allocations`, { body: span })
        if (path === car) continue
        await Bun.sleep(2)
        const later = toSpan(Date.parse(at(hour)) + hour_ms, hour_ms)
        await call('PATCH', `${path}/allocations/${body.id}`, { body: later })
      }
    }
    await Bun.sleep(3)
    const moment = new Date().toISOString()
    await Bun.sleep(3)
    const window = `from=${at('00')}&to=${at('23')}`
    const board = (await list(`${window}&limit=5000`)).map(({ id }) => id)
    await call('DELETE', `${car}?allocations=cancel`)
    const found: string[] = []
    let next: string | undefined = `/api/allocations?${window}&as_of=${moment}&limit=3`
    while (next) {
      const page = await call<Allocation[]>('GET', next)
      found.push(...page.body.map(({ id }) => id))
      next = toNext(page.headers)
    }
    expect(found).toEqual(board)
  })

  it('include rows removed by hand, and omit expired holds', async () => {
    const car = await add()
    const body = { ...toSpan(Date.parse(at('08')), hour_ms), hold_for: 'PT1S' }
    const { body: hold } = await call<Allocation>('POST', `${car}/allocations`, { body })
    const span = toSpan(Date.parse(at('10')), hour_ms)
    const { body: kept } = await call<Allocation>('POST', `${car}/allocations`, { body: span })
    const ofCar = `resource_id=${car.slice(-36)}`
    await Bun.sleep(5)
    const first = new Date().toISOString()
    await Bun.sleep(1200)
    const second = new Date().toISOString()
    await Bun.sleep(5)
    await changeByHand(system().databaseUrl, 'DELETE FROM allocations')
    expect(await list(`${ofCar}&as_of=${first}`)).toEqual([hold, kept])
    expect(await list(`${ofCar}&as_of=${second}`)).toEqual([kept])
    expect(await list(ofCar)).toEqual([])
  })

  it('are refused for the future, and before the history began', async () => {
    const codeOf = async (moment: string) => {
      const path = `/api/allocations?mine=true&as_of=${moment}`
      const { status, body } = await call<{ code: string }>('GET', path, { as: 'member' })
      return [status, body.code]
    }
    expect(await codeOf('2999-01-01T00:00:00Z')).toEqual([422, 'as_of_in_future'])
    expect(await codeOf('1999-01-01T00:00:00Z')).toEqual([422, 'history_not_kept'])
    expect(await codeOf('yesterday')).toEqual([422, expect.any(String)])
    expect(await codeOf('2027-02-30T00:00:00Z')).toEqual([422, 'invalid_input'])
  })
})

function toNext(headers: Headers): string | undefined {
  return /<(.*)>/.exec(headers.get('link') ?? '')?.[1]
}
