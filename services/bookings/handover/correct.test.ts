import { expect, it } from 'bun:test'
import type { CorrectionRecord, Handover } from '../../../shared/schemas/handover.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { useHandovers } from './fixture.ts'

describeStores('what was recorded at a handover', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, setPolicy, idOf } = tools
  const { checkOut, bringBack, bookNow, listHandovers, byHand } = useHandovers(tools)

  async function drive(car: string, out: number, back: number): Promise<string> {
    const booking = await bookNow([car])
    expect((await checkOut(booking.id, [{ odometer: out }])).status).toBe(200)
    expect((await bringBack(booking.id, [{ odometer: back }])).status).toBe(200)
    const [handover] = await listHandovers(`booking_id=${booking.id}`)
    return handover?.id ?? ''
  }
  const correct = (id: string, body: object, options: object = {}) =>
    call<Handover & Problem>('PATCH', `/api/handovers/${id}`, {
      ...options,
      body: { reason: 'A digit too many', ...body },
    })
  const get = (id: string, as = 'admin') => call<Handover>('GET', `/api/handovers/${id}`, { as })
  const corrections = async (id: string, as = 'admin') =>
    (await call<CorrectionRecord[]>('GET', `/api/handovers/${id}/corrections`, { as })).body

  it('a_digit_too_many: is corrected, so that the next user can continue', async () => {
    const car = await addResource()
    const id = await drive(car, 48_000, 482_100)
    const { id: next } = await bookNow([car])
    expect((await checkOut(next, [{ odometer: 48_250 }])).status).toBe(422)
    const { headers, body } = await get(id)
    expect(body.corrected).toBeNull()
    const made = await correct(id, { returned: { odometer: 48_210, note: 'Read again' } })
    expect(made).toMatchObject({
      status: 200,
      body: {
        checked_out: { odometer: 48_000 },
        returned: { odometer: 48_210, note: 'Read again', by: await idOf('anna') },
        corrected: expect.any(String),
      },
    })
    expect(made.headers.get('etag')).not.toBe(headers.get('etag'))
    expect((await checkOut(next, [{ odometer: 48_250 }])).status).toBe(200)
    expect(await corrections(id)).toMatchObject([
      {
        by: await idOf('admin'),
        reason: 'A digit too many',
        was: { checked_out: { odometer: 48_000 }, returned: { odometer: 482_100, note: '' } },
      },
    ])
    // The user of the booking can see that, too.
    expect(await corrections(id, 'anna')).toHaveLength(1)
    expect((await correct(id, { returned: { odometer: 48_210 } })).status).toBe(200)
    expect(await corrections(id)).toHaveLength(1)
  })

  it('odometer_falls: stays in the order of the readings before and after it', async () => {
    const car = await addResource()
    const [, second] = [await drive(car, 100, 200), await drive(car, 200, 300)]
    await drive(car, 300, 400)
    const bad: [object, string, string][] = [
      [{ checked_out: { odometer: 199 } }, '#/checked_out/odometer', '200'],
      [{ returned: { odometer: 301 } }, '#/returned/odometer', '300'],
      [
        { checked_out: { odometer: 250 }, returned: { odometer: 240 } },
        '#/returned/odometer',
        '250',
      ],
      [
        { returned: { odometer: null }, checked_out: { odometer: 500 } },
        '#/checked_out/odometer',
        '300',
      ],
    ]
    for (const [body, pointer, value] of bad) {
      const refused = await correct(second, body)
      expect(refused).toMatchObject({ status: 422, body: { code: 'odometer_falls' } })
      expect(refused.body.errors?.map((it) => it.pointer)).toEqual([pointer])
      expect(refused.body.errors?.[0]?.detail).toContain(value)
    }
    expect(await corrections(second)).toEqual([])
    expect(
      (await correct(second, { returned: { odometer: null, fuel: 50 } })).body.returned,
    ).toMatchObject({ odometer: null, fuel: 50 })
  })

  it('is corrected by managers of the resource, with a reason, and nobody else', async () => {
    const type = await addType()
    const group = await addGroup('gina')
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights } })
    const id = await drive(await addResource(type), 1, 2)
    const body = { returned: { odometer: 3 } }
    expect((await correct(id, body, { as: 'anna' })).status).toBe(403)
    expect((await correct(id, body, { as: 'bert' })).status).toBe(403)
    expect((await get(id, 'bert')).status).toBe(403)
    expect((await correct(id, { ...body, reason: '' })).status).toBe(422)
    expect((await correct(id, body, { as: 'gina' })).status).toBe(200)
    expect((await correct('01a1fe45-0000-7000-8000-000000000000', body)).status).toBe(404)
    const stale = { as: 'gina', headers: { 'if-match': '"v1-0"' } }
    expect((await correct(id, { returned: { odometer: 4 } }, stale)).status).toBe(412)
    expect((await get(id)).body.returned?.odometer).toBe(3)
    const { id: out } = await bookNow([await addResource(type)])
    await checkOut(out)
    const [open] = await listHandovers(`booking_id=${out}`)
    const early = await correct(open?.id ?? '', body, { as: 'gina' })
    expect(early).toMatchObject({ status: 409, body: { code: 'not_returned' } })
  })

  it('is corrected once by ten simultaneous corrections of one version', async () => {
    const id = await drive(await addResource(), 1, 20)
    const headers = { 'if-match': (await get(id)).headers.get('etag') ?? '' }
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        correct(id, { returned: { odometer: 10 + at } }, { headers }),
      ),
    )
    const statuses = all.map(({ status }) => status).toSorted()
    expect(statuses.filter((status) => status === 200).length).toBe(1)
    expect(new Set(statuses)).toEqual(new Set([200, 412]))
    expect(await corrections(id)).toHaveLength(1)
  })

  it('who_corrected_it: is recorded, even by hand, and cannot be rewritten', async () => {
    const id = await drive(await addResource(), 5, 6)
    await correct(id, { returned: { odometer: 7 } })
    const isPostgres = !tools.system().databaseUrlOf('bookings').startsWith('sqlite:')
    const key = isPostgres ? `'${id}'` : `x'${id.replaceAll('-', '')}'`
    const before = (await get(id)).headers.get('etag')
    await byHand('bookings', `UPDATE handovers SET in_odometer = 8 WHERE id = ${key}`)
    expect((await get(id)).headers.get('etag')).not.toBe(before)
    expect(await corrections(id)).toMatchObject([
      { by: null, reason: null, was: { returned: { odometer: 7 } } },
      { by: await idOf('admin'), was: { returned: { odometer: 6 } } },
    ])
    const rewrite = `UPDATE handover_corrections SET reason = 'Mine' WHERE handover_id = ${key}`
    await expect(byHand('bookings', rewrite)).rejects.toThrow(/correction_stays/)
  })
})
