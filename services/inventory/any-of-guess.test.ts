import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useInventory } from './fixture.ts'
import { hour_ms } from '../../shared/duration.ts'

setDefaultTimeout(60_000)

type Answer = AllocatedBundle & Omit<Problem, 'status'>

// Any of a type is guessed from what was seen before, once most are free; the commit decides.
describeStores('any of several just seen as free', (makeDatabase) => {
  const { call, add, audit } = useInventory(makeDatabase)
  let hours = 0
  let lorries: string[] = []

  const nextHour = () => {
    const toText = (hour: number) => new Date(Date.UTC(2027, 2, 1) + hour * hour_ms).toISOString()
    hours++
    return { from_datetime: toText(hours), to_datetime: toText(hours + 1) }
  }

  const take = (items: object[], more: { span?: object; headers?: Record<string, string> } = {}) =>
    call<Answer>('POST', '/api/allocations', {
      as: 'member',
      headers: more.headers ?? {},
      body: { items, ...(more.span ?? nextHour()) },
    })
  const takeAny = (span?: object) => take([{ type: 'Lorry' }], span ? { span } : {})
  const taken = ({ body }: { body: Answer }) => body.allocations.map((one) => one.resource_id)

  async function seeThatMostAreFree(): Promise<void> {
    for (let count = 0; count < 3; count++) expect((await takeAny()).status).toBe(201)
  }

  beforeAll(async () => {
    lorries = (await Promise.all(Array.from({ length: 5 }, () => add('lorries')))).map((path) =>
      path.slice(-36),
    )
  }, 60_000)

  it('is the remaining one, whichever was tried first; then none', async () => {
    for (const left of [...lorries, ...lorries]) {
      await seeThatMostAreFree()
      const span = nextHour()
      const others = lorries.filter((id) => id !== left)
      await take(
        others.map((resource_id) => ({ resource_id })),
        { span },
      )
      expect(taken(await takeAny(span))).toEqual([left])
      const last = await takeAny(span)
      expect([last.status, last.body.code]).toEqual([409, 'not_all_free'])
    }
  })

  it('is as many as requested, together with one by name', async () => {
    for (const named of lorries) {
      await seeThatMostAreFree()
      const all = await take([{ type: 'Lorry', count: 4 }, { resource_id: named }])
      expect(taken(all).toSorted()).toEqual(lorries.toSorted())
    }
  })

  it('is all that are free, if the rest may be skipped', async () => {
    for (let round = 0; round < 15; round++) {
      await seeThatMostAreFree()
      const span = nextHour()
      await take([{ type: 'Lorry', count: 3 }], { span })
      const body = { items: [{ type: 'Lorry', count: 2 }], mode: 'skip', ...span }
      const answer = await call<Answer>('POST', '/api/allocations', { as: 'member', body })
      expect(taken(answer)).toHaveLength(2)
    }
  })

  it('is the same for a retry, even if nothing is free by then', async () => {
    await seeThatMostAreFree()
    const more = { span: nextHour(), headers: { 'idempotency-key': 'one-of-them' } }
    const first = await take([{ type: 'Lorry' }], more)
    await take([{ type: 'Lorry', count: 4 }], { span: more.span })
    const again = await take([{ type: 'Lorry' }], more)
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect(await audit()).toMatchObject({ overlaps: 0 })
  })

  it('is never one hidden meanwhile', async () => {
    const [left = '', ...others] = lorries
    const change = async (id: string, body: object) => {
      const { headers } = await call<Resource>('GET', `/api/resources/${id}`)
      const ifMatch = { 'if-match': headers.get('etag') ?? '' }
      const { status } = await call('PATCH', `/api/resources/${id}`, { headers: ifMatch, body })
      expect(status).toBe(200)
    }
    const hidden: string[] = []
    for (const id of others) {
      await seeThatMostAreFree()
      await change(id, { visible_to: [] })
      hidden.push(id)
      // All are seen anew, the hidden ones as they are now.
      await change(left, { name: `Left after ${id}` })
      for (let count = 0; count < 10; count++) {
        const [given = ''] = taken(await takeAny())
        expect(lorries).toContain(given)
        expect(hidden).not.toContain(given)
      }
    }
    expect(taken(await takeAny())).toEqual([left])
  })
})
