import { afterEach, describe, expect, it, setDefaultTimeout } from 'bun:test'
import type { Client } from '../../../shared/host/client.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { UsersApi } from '../../users/index.ts'
import { at, useRules } from '../testing/use-rules.ts'
import { createSight } from './sight.ts'
import { createUpkeep } from './upkeep.ts'

setDefaultTimeout(30_000)

const [anna, ben, cleo] = ['a', 'b', 'c'].map((one) => `0190aaaa-0000-7000-8000-00000000000${one}`)
const board = '0190dddd-0000-7000-8000-000000000001'

describeStores('while somebody waits', (makeDatabase) => {
  const { store, tables, addResource, book, bookAll, wait, entry, byHand, onStatement } =
    useRules(makeDatabase)
  const past = () => (store().dialect === 'sqlite' ? '1000' : `'1970-01-02'`)
  const long = () => Date.now() - 1000
  const count = (name: 'allocations' | 'waitlist') => store().db.$count(tables()[name])
  /** What passes, and who was checked. */
  function start() {
    const checked: string[] = []
    const check = async (id: string, whose: string) => void checked.push(id, whose)
    return { run: createUpkeep({ store: store() }, tables(), check).run, checked }
  }
  afterEach(() => {
    onStatement((_, run) => run())
    return byHand(`UPDATE resources SET decommissioned = ${past()}; DELETE FROM waitlist;
      DELETE FROM allocations`)
  })

  describe('time passes:', () => {
    it('whoever waited long enough does no longer, and nobody else is touched', async () => {
      const [over, open, closed] = [
        await wait({ until: long() }),
        await wait({}),
        await wait({ until: long(), closed: 5000 }),
      ]
      const before = Date.now()
      await start().run()
      const times = (await Promise.all([over, open, closed].map(entry))).map((one) => one.closed)
      expect(times.slice(1)).toEqual([null, 5000])
      expect(Math.abs((times[0] ?? 0) - before)).toBeLessThan(10_000)
    })

    it('a few at a time, however many there are', async () => {
      for (let made = 0; made < 51; made++) await wait({ until: long() })
      const open = async () =>
        (await store().db.select().from(tables().waitlist)).filter((one) => one.closed === null)
      const { run } = start()
      await run()
      expect(await open()).toHaveLength(1)
      await run()
      expect(await open()).toEqual([])
    })

    it('whoever is served at that moment is', async () => {
      const id = await wait({ until: long() })
      onStatement(async (text, run) => {
        if (/update "waitlist"/i.test(text)) await byHand(`UPDATE waitlist SET closed = ${past()}`)
        return run()
      })
      await start().run()
      expect((await entry(id)).closed).not.toBeGreaterThan(Date.now() - 100_000)
    })

    it('what a hold had goes to whoever waits, once it ends', async () => {
      const car = await addResource()
      await book(car, [9, 10], { held_until: Date.now() + 3_600_000 })
      const id = await wait({ resource_number: car, checked: 1 })
      const { run } = start()
      await run()
      expect((await entry(id)).closed).toBeNull()
      await byHand(`UPDATE allocations SET held_until = ${past()} WHERE held_until IS NOT NULL`)
      await run()
      expect((await entry(id)).served_resource).toBe(car)
    })

    it('so do many holds that end together, and none of them twice', async () => {
      const cars: number[] = []
      for (let made = 0; made < 60; made++) {
        cars.push(await addResource())
        await book(cars[made] ?? 0, [9, 10], { held_until: 1000 })
      }
      await wait({ checked: 1, resource_number: 0, until: at(9) })
      let offered = 0
      // Offers that change nothing, so that only the memory of them tells.
      onStatement(async (text, run) => {
        if (!/insert into "waitlist_turns"/i.test(text)) return run()
        offered++
        return []
      })
      const { run } = start()
      for (const expected of [50, 60, 60]) {
        await run()
        expect(offered).toBe(expected)
      }
    })

    it('an expired hold stays where nobody waits', async () => {
      const car = await addResource()
      await bookAll(car, [[9, 10]], { held_until: 1000 })
      await wait({ closed: 5000, checked: 0 })
      const { run, checked } = start()
      await run()
      expect([await count('allocations'), checked]).toEqual([1, []])
    })

    it('whoever was not checked to the end is, in the order of the queue', async () => {
      const ids = [await wait({ checked: 2 }), await wait({ checked: 1 }), await wait({})]
      await wait({ checked: 2, closed: 5000 })
      const { run, checked } = start()
      await run()
      expect(checked).toEqual([ids[0] ?? '', 'upkeep', ids[2] ?? '', 'upkeep'])
    })
  })

  describe('groups change:', () => {
    type Known = { user_id: string; administrator: boolean; groups: string[] }
    /** The users service, which knows these and is asked for those. */
    function learn(known: Known[], error?: { status: number }) {
      const asked: string[][] = []
      const post = async ({ ids }: { ids: string[] }) => {
        asked.push(ids)
        return error ? { data: null, error } : { data: known, error: null }
      }
      const client = () => ({ api: { users: { groups: { post } } } }) as unknown as Client<UsersApi>
      const { run } = createSight({ store: store(), client: client as never }, tables())
      return { run, asked }
    }
    const member = (user_id = '', groups: string[] = []) => {
      return { user_id, administrator: false, groups }
    }
    const restrict = () => addResource({ visible_to: JSON.stringify([board]) })

    it('nobody is asked where nobody waits, or all is for everybody', async () => {
      const { run, asked } = learn([])
      await byHand('UPDATE resources SET visible_to = NULL')
      await wait({ created_by: anna ?? '' })
      await run()
      await byHand(`UPDATE waitlist SET closed = ${past()}`)
      await restrict()
      await wait({ created_by: anna ?? '', closed: 5000 })
      await run()
      expect(asked).toEqual([])
    })

    it('each of those who wait is known by them, and checked again', async () => {
      await restrict()
      const [first, second, third, over] = [
        await wait({ created_by: anna ?? '', checked: 1 }),
        await wait({ created_by: ben ?? '', checked: 1 }),
        await wait({ created_by: cleo ?? '', checked: 1 }),
        await wait({ created_by: anna ?? '', checked: 1, closed: 5000 }),
      ]
      await wait({ created_by: 'service:bookings' })
      const admin = { ...member(ben), administrator: true }
      const { run, asked } = learn([member(anna, [board]), admin, member(cleo)])
      await run()
      expect(asked).toEqual([[anna ?? '', ben ?? '', cleo ?? '']])
      const rows = await Promise.all([first, second, third, over].map(entry))
      expect(rows.map(({ sees, checked }) => [sees, checked])).toEqual([
        [`["${board}"]`, 0],
        [null, 0],
        ['[]', 1],
        ['[]', 1],
      ])
    })

    it('they stay as they were while users is unavailable', async () => {
      await restrict()
      const id = await wait({ created_by: anna ?? '', checked: 1 })
      const { run } = learn([], { status: 503 })
      await expect(run()).rejects.toThrow('The users service answered 503')
      expect((await entry(id)).checked).toBe(1)
    })

    it('all are learned, two hundred at a time', async () => {
      await restrict()
      const toId = (place: number) => `0190aaaa-0000-7000-8000-${String(place).padStart(12, '0')}`
      for (let place = 0; place < 201; place++) await wait({ created_by: toId(place) })
      const { run, asked } = learn([])
      await run()
      expect(asked.map((ids) => ids.length)).toEqual([200, 1])
      expect(asked.flat()).toEqual(Array.from({ length: 201 }, (_, place) => toId(place)))
      await byHand(`UPDATE waitlist SET closed = ${past()} WHERE created_by <= '${toId(0)}'`)
      await run()
      expect(asked.map((ids) => ids.length)).toEqual([200, 1, 200])
    })

    it('what is known already is not written again', async () => {
      await restrict()
      await wait({ created_by: anna ?? '', sees: `["${board}"]`, checked: 1 })
      const { run } = learn([member(anna, [board])])
      const written: string[] = []
      onStatement((text, go) => {
        if (/^update/i.test(text)) written.push(text)
        return go()
      })
      await run()
      expect(written).toEqual([])
    })
  })
})
