import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { ResourceType } from '../../../shared/schemas/resource-type.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at } from '../fixture.ts'
import { useSplit } from '../testing/split.ts'

const path = '/api/bookings/series'

describeStores('the type of a series, while its days are held', (makeDatabase) => {
  const split = useSplit(makeDatabase)
  const { bookings, inventory, breakAt, beforeNext, afterNext, send, allocationsOf } = split

  let made = 0
  const add = async <T>(what: string, body: object) => {
    const added = await send<T>(inventory(), `POST /api/${what}`, { body })
    expect(added.status).toBe(201)
    return added.body
  }
  async function addType() {
    const name = `Sort ${++made}`
    const type = await add<ResourceType>('resource_types', { name, segment: `sorts-${made}` })
    const room = await add<Resource>('resources', { resource_type: name, name: 'Oslo' })
    return { name, id: type.id, room: room.id }
  }
  const rename = async (id: string, name: string) => {
    const options = { body: { name } }
    expect((await send(inventory(), `PATCH /api/resource_types/${id}`, options)).status).toBe(200)
  }
  const repeat = (type: string) =>
    send<BookingSeries & Problem>(bookings(), `POST ${path}`, {
      body: {
        items: [{ type }],
        from: at('09:00'),
        to: at('11:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=2',
        time_zone: 'Europe/Berlin',
      },
    })

  for (const isGiven of [false, true]) {
    const more = isGiven ? ', and another gets its name' : ''
    it(`stays its type when it is renamed${more}`, async () => {
      const { name, id, room } = await addType()
      afterNext('/api/reservations', async () => {
        await rename(id, `${name} B`)
        if (!isGiven) return
        await add('resource_types', { name, segment: `others-${made}` })
        await add('resources', { resource_type: name, name: 'Rome' })
      })
      const { status, body } = await repeat(name)
      expect(status).toBe(201)
      const date = body.occurrences[0]?.date
      const cancel = { body: { scope: 'this', date, reason: 'No visit' } }
      expect((await send(bookings(), `POST ${path}/${body.id}/cancel`, cancel)).status).toBe(200)
      const again = await send<Booking>(bookings(), `POST ${path}/${body.id}/occurrences`, {
        body: { date },
      })
      expect(again.status).toBe(201)
      expect(again.body.items.map((it) => it.resource_id)).toEqual([room])
    })
  }

  it('is refused when it is renamed before anything is held', async () => {
    const { name, id, room } = await addType()
    beforeNext('/api/resource_types', () => rename(id, `${name} B`))
    const { status, body } = await repeat(name)
    expect([status, body.code]).toEqual([404, 'resource_type_not_found'])
    expect(await allocationsOf(room)).toEqual([])
  })

  it('leaves nothing held when it cannot be read', async () => {
    const { name, room } = await addType()
    breakAt({ path: '/api/resource_types', when: 'before' })
    expect((await repeat(name)).status).toBe(503)
    expect(await allocationsOf(room)).toEqual([])
    breakAt(undefined)
    expect((await repeat(name)).status).toBe(201)
  })
})
