import { expect, it } from 'bun:test'
import type { HandoverPhoto } from '../../../shared/schemas/handover.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { useHandovers } from './fixture.ts'
import { minute_ms } from '../../../shared/duration.ts'

describeStores('photos of a handover', (makeDatabase) => {
  let ahead_ms = 0
  const clock = () => Date.now() + ahead_ms
  const tools = useBookings(makeDatabase, { clock })
  const { call, addResource, addType, addGroup, setPolicy, idOf, system } = tools
  const { checkOut, bringBack, bookNow, listHandovers, addPhoto } = useHandovers(tools)

  const remove = (hash: string, as = 'anna') =>
    call<Problem>('DELETE', `/api/files/${hash}`, { as })
  const photosOf = async (booking: string, as = 'admin') => {
    const [handover] = await listHandovers(`booking_id=${booking}`, 'admin')
    return call<HandoverPhoto[]>('GET', `/api/handovers/${handover?.id}/photos`, { as })
  }
  const open = async ({ url }: HandoverPhoto) => (await call('GET', url, { as: null })).status

  /** What a running system does some minutes later. */
  async function review(isDone: () => Promise<boolean>): Promise<void> {
    ahead_ms += 6 * minute_ms
    system().startTasks()
    const end = Date.now() + 90_000
    while (!(await isDone()) && Date.now() < end) await Bun.sleep(200)
    expect(await isDone()).toBe(true)
  }

  it('exist, all of them, and belong to the caller', async () => {
    const { id } = await bookNow([await addResource()])
    const [own, other] = [await addPhoto(), await addPhoto('bert')]
    const cut = 'ab'.repeat(32)
    const refused = await checkOut(id, [{ files: [own, cut, other] }])
    expect(refused).toMatchObject({ status: 422, body: { code: 'file_missing' } })
    const { errors } = refused.body as unknown as Problem
    expect(errors?.map(({ pointer }) => pointer)).toEqual([
      '#/items/0/files/1',
      '#/items/0/files/2',
    ])
    // A refused request leaves nothing behind.
    expect((await remove(own)).status).toBe(204)
    expect((await checkOut(id, [{ files: [await addPhoto()] }])).status).toBe(200)
  })

  it('stay while the handover names them, even if their owner deletes them', async () => {
    const { id } = await bookNow([await addResource()])
    const [out, back] = [await addPhoto(), await addPhoto()]
    await checkOut(id, [{ files: [out] }])
    await bringBack(id, [{ files: [back, out] }])
    for (const hash of [out, back]) {
      expect(await remove(hash)).toMatchObject({ status: 409, body: { code: 'file_in_use' } })
    }
    const { body } = await photosOf(id)
    expect(body.map(({ file_hash, recorded }) => [file_hash, recorded])).toEqual([
      [out, 'checked_out'],
      [back, 'returned'],
      [out, 'returned'],
    ])
    expect(await Promise.all(body.map(open))).toEqual([200, 200, 200])
    const content = (await call<string>('GET', body[0]?.url ?? '', { as: null })).headers
    expect(content.get('content-disposition')).toContain('attachment')
  })

  it("are visible to the booking's person and every manager, and nobody else", async () => {
    const type = await addType()
    const group = await addGroup('gina')
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights } })
    const { id } = await bookNow([await addResource(type)])
    await checkOut(id, [{ files: [await addPhoto()] }])
    for (const [as, status] of [
      ['anna', 200],
      ['gina', 200],
      ['bert', 403],
    ] as const) {
      expect((await photosOf(id, as)).status).toBe(status)
    }
    const [photo] = (await photosOf(id, 'gina')).body
    expect(photo && (await open(photo))).toBe(200)
    // Links are short-lived.
    ahead_ms += 16 * minute_ms
    expect(photo && (await open(photo))).toBe(404)
  })

  it("stay when their owner's account is removed", async () => {
    const { id } = await bookNow([await addResource()], 'dora')
    const photo = await addPhoto('dora')
    expect((await checkOut(id, [{ files: [photo] }], 'dora')).status).toBe(200)
    expect((await bringBack(id, [], 'dora')).status).toBe(200)
    const dora = await idOf('dora')
    expect((await call('DELETE', `/api/users/${dora}`)).status).toBe(204)
    system().startTasks()
    const end = Date.now() + 60_000
    const left = async () => (await call<unknown[]>('GET', `/api/files?owner=${dora}`)).body
    while ((await left()).length > 0 && Date.now() < end) await Bun.sleep(100)
    expect(await left()).toEqual([])
    const { body } = await photosOf(id)
    expect(await Promise.all(body.map(open))).toEqual([200])
  }, 120_000)

  it('are freed once nothing names them: after a refusal or a correction', async () => {
    const { id } = await bookNow([await addResource()])
    const [wrong, good, refused] = [await addPhoto(), await addPhoto(), await addPhoto()]
    expect((await checkOut(id, [{ odometer: 9, files: [wrong, good] }])).status).toBe(200)
    expect((await bringBack(id, [{ odometer: 8, files: [refused] }])).status).toBe(422)
    const [handover] = await listHandovers(`booking_id=${id}`)
    const path = `/api/handovers/${handover?.id}`
    const missing = { checked_out: { files: [good, 'cd'.repeat(32)] }, reason: 'Another car' }
    expect(await call<Problem>('PATCH', path, { body: missing })).toMatchObject({
      status: 422,
      body: { code: 'file_missing', errors: [{ pointer: '#/checked_out/files/1' }] },
    })
    const body = { checked_out: { files: [good] }, reason: 'That one is of another car' }
    expect((await call('PATCH', path, { body })).status).toBe(200)
    expect((await remove(wrong)).status).toBe(409)
    const isFree = async (hash: string) => (await remove(hash)).status !== 409
    await review(async () => (await isFree(wrong)) && (await isFree(refused)))
    expect(await remove(good)).toMatchObject({ status: 409 })
    const { body: left } = await photosOf(id)
    expect(left.map(({ file_hash }) => file_hash)).toEqual([good])
    expect(await Promise.all(left.map(open))).toEqual([200])
    // Some time after the return they no longer count towards their owner.
    expect((await bringBack(id, [{ odometer: 9 }])).status).toBe(200)
    ahead_ms += 8 * 24 * 60 * minute_ms
    await review(() => isFree(good))
    expect(await Promise.all((await photosOf(id)).body.map(open))).toEqual([200])
  }, 120_000)
})
