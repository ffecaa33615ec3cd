import { expect, it } from 'bun:test'
import type { Allocation } from '../shared/schemas/allocation.ts'
import type { AllocationVersion } from '../shared/schemas/allocation-history.ts'
import type { FileRecord, FileUsage } from '../shared/schemas/file.ts'
import type { HandedOver, Holdings, Progress } from '../shared/schemas/leaving.ts'
import type { Problem } from '../shared/schemas/problem.ts'
import type { Resource } from '../shared/schemas/resource.ts'
import type { SecurityEvent } from '../shared/schemas/security-event.ts'
import type { User } from '../shared/schemas/user.ts'
import type { WaitlistEntry } from '../shared/schemas/waitlist.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { useSystem } from './testing/use-system.ts'
import { hour_ms } from '../shared/duration.ts'

const quota_bytes = 3000

describeStores('a leaving user', (makeDatabase) => {
  const { call } = useSystem(makeDatabase, {
    environment: { USER_QUOTA_BYTES: String(quota_bytes) },
  })
  let made = 0

  const readUser = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body
  const spanIn = (hours: number) => {
    const from = Math.floor(Date.now() / hour_ms) * hour_ms + hours * hour_ms
    return {
      from_datetime: new Date(from).toISOString(),
      to_datetime: new Date(from + hour_ms).toISOString(),
    }
  }
  async function addCar() {
    const body = { name: `Leaving ${++made}` }
    return (await call<Resource>('POST', '/api/cars', { body })).body
  }
  async function book(car: Resource, as: string, body: object) {
    const answer = await call<Allocation>('POST', `/api/cars/${car.id}/allocations`, { as, body })
    expect(answer.status).toBe(201)
    return answer.body
  }
  const upload = async (as: string, text: string) =>
    (
      await call<FileRecord>('POST', `/api/files?file_name=${text.slice(0, 5)}.txt`, {
        as,
        body: text,
        headers: { 'content-type': 'text/plain' },
      })
    ).body
  const holdingsOf = (user: User, as = 'admin') =>
    call<Holdings>('GET', `/api/users/${user.id}/holdings`, { as })
  const handOver = (from: User, body: object, as = 'admin') =>
    call<HandedOver & Problem>('POST', `/api/users/${from.id}/hand_over`, { as, body })
  const release = (from: User, body: object, as = 'admin') =>
    call<Progress & Problem>('POST', `/api/users/${from.id}/release_bookings`, { as, body })
  const booked = async (person: User) =>
    (await call<Allocation[]>('GET', `/api/allocations?person=${person.id}&limit=5000`)).body

  /** Somebody with something of everything. */
  async function leaver(name: string) {
    const user = await readUser(name)
    const [one, other] = [await addCar(), await addCar()]
    const over = await book(one, name, spanIn(-3))
    const first = await book(one, name, spanIn(2))
    const second = await book(one, name, spanIn(4))
    const hold = await book(other, name, { ...spanIn(2), hold_for: 'PT2H' })
    await book(other, 'admin', spanIn(8))
    const wait = { resource_id: other.id, ...spanIn(8) }
    const waiting = await call<WaitlistEntry>('POST', '/api/waitlist', { as: name, body: wait })
    expect(waiting.body.status).toBe('waiting')
    const file = await upload(name, `file of ${name}`)
    await call('POST', '/api/api_keys', { as: name, body: { name: 'script', scopes: ['read'] } })
    return { user, one, other, over, first, second, hold, waiting: waiting.body, file }
  }

  it('sees what they have, like administrators', async () => {
    const anna = await leaver('anna')
    const { status, body } = await holdingsOf(anna.user)
    expect(status).toBe(200)
    expect(body.bookings).toMatchObject({ count: 3, held: 1, waiting: 1 })
    expect(body.bookings?.next.map(({ id }) => id).toSorted()).toEqual(
      [anna.first.id, anna.hold.id, anna.second.id].toSorted(),
    )
    expect(body.bookings?.resources.map(({ name, count }) => [name, count])).toEqual([
      [anna.one.name, 2],
      [anna.other.name, 1],
    ])
    expect(body.files).toEqual({ count: 1, bytes: 'file of anna'.length, uploads: 0 })
    expect(body).toMatchObject({ api_keys: 1, groups: [], invitations: 0 })
    expect((await holdingsOf(anna.user, 'anna')).body).toEqual(body)
    expect((await holdingsOf(anna.user, 'ben')).status).toBe(403)
    const nobody = { ...anna.user, id: '01a1fe45-0000-7000-8000-000000000000' }
    expect((await holdingsOf(nobody)).status).toBe(404)
  })

  it('is handed over completely, with the actor; a retry is safe', async () => {
    const [carl, dora] = [await leaver('carl'), await readUser('dora')]
    const admin = await readUser('admin')
    const wanted = { to: dora.id, bookings: true, files: true }
    expect((await handOver(carl.user, wanted, 'carl')).status).toBe(403)
    const done = await handOver(carl.user, wanted)
    expect(done.body).toEqual({
      bookings: { done: 3, left: 0 },
      files: { done: 1, left: 0 },
    } as never)
    expect((await booked(dora)).map(({ id }) => id).toSorted()).toEqual(
      [carl.first.id, carl.second.id, carl.hold.id].toSorted(),
    )
    // What is over stays theirs.
    expect((await booked(carl.user)).map(({ id }) => id)).toEqual([carl.over.id])
    const path = `/api/allocations/${carl.first.id}/history`
    const [version] = (await call<AllocationVersion[]>('GET', path)).body
    expect(version).toMatchObject({ by: admin.id, allocation: { booked_for: carl.user.id } })
    const waits = await call<WaitlistEntry[]>('GET', '/api/waitlist?mine=true', { as: 'dora' })
    expect(waits.body.map(({ id }) => id)).toEqual([carl.waiting.id])
    const files = await call<FileRecord[]>('GET', '/api/files', { as: 'dora' })
    expect(files.body.map(({ file_hash }) => file_hash)).toEqual([carl.file.file_hash])
    const usage = async (as: string) =>
      (await call<FileUsage>('GET', '/api/files/usage', { as })).body.used_bytes
    expect([await usage('carl'), await usage('dora')]).toEqual([0, carl.file.size])
    const confirmed = await call('POST', `/api/allocations/${carl.hold.id}/confirm`, { as: 'dora' })
    expect(confirmed.status).toBe(200)

    const again = await handOver(carl.user, wanted)
    expect(again.body).toEqual({
      bookings: { done: 0, left: 0 },
      files: { done: 0, left: 0 },
    } as never)
    const events = await call<SecurityEvent[]>('GET', `/api/security_events?actor=${admin.id}`)
    const about = events.body.filter(({ user_id }) => user_id === carl.user.id)
    expect(about.map(({ kind }) => kind)).toContain('bookings_handed_over')
    expect(about.find(({ kind }) => kind === 'files_handed_over')?.detail).toMatchObject({
      to: dora.id,
    })
  })

  it('has no rights in what was handed over', async () => {
    const [pia, quin] = [await leaver('pia'), await readUser('quin')]
    await handOver(pia.user, { to: quin.id, bookings: true }, 'admin')
    const ofCar = `/api/cars/${pia.one.id}/allocations/${pia.first.id}`
    const description = { body: { description: 'mine again' } }
    for (const as of ['pia', 'stranger']) {
      const answers = [
        await call('PATCH', ofCar, { as, ...description }),
        await call('DELETE', ofCar, { as }),
        await call('POST', `/api/allocations/${pia.second.id}/release`, { as }),
        await call('POST', `/api/allocations/${pia.hold.id}/confirm`, { as }),
      ]
      expect([as, ...answers.map(({ status }) => status)]).toEqual([as, 403, 403, 403, 403])
    }
    expect((await call('PATCH', ofCar, { as: 'quin', ...description })).status).toBe(200)
    expect((await call('DELETE', ofCar)).status).toBe(204)
  })

  it('keeps past bookings, even with a buffer after them', async () => {
    const [rob, sue] = [await readUser('rob'), await readUser('sue')]
    const wish = { name: 'Cleaned for long', buffer_after_seconds: 86_400 }
    const { body: car } = await call<Resource>('POST', '/api/cars', { body: wish })
    const over = await book(car, 'rob', spanIn(-3))
    expect((await holdingsOf(rob)).body.bookings?.count).toBe(0)
    expect((await handOver(rob, { to: sue.id, bookings: true })).body.bookings?.done).toBe(0)
    expect((await release(rob, { bookings: [over.id] }, 'rob')).body.done).toBe(0)
    expect((await booked(rob)).map(({ id }) => id)).toEqual([over.id])
  })

  it('is refused if the receiver reaches a limit by the time of the commit', async () => {
    const leavers = [await readUser('tom'), await readUser('una')]
    const [vic, car] = [await readUser('vic'), await addCar()]
    await book(car, 'admin', spanIn(8))
    const body = { resource_id: car.id, ...spanIn(8) }
    for (const as of ['tom', 'una']) {
      for (let entry = 0; entry < 30; entry++) await call('POST', '/api/waitlist', { as, body })
    }
    const answers = await Promise.all(
      leavers.map((user) => handOver(user, { to: vic.id, bookings: true })),
    )
    expect((await holdingsOf(vic)).body.bookings?.waiting).toBe(30)
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    for (const [at, user] of leavers.entries()) {
      const { waiting } = (await holdingsOf(user)).body.bookings ?? {}
      expect(waiting).toBe(answers[at]?.status === 200 ? 0 : 30)
    }
  })

  it('is handed over only as chosen', async () => {
    const [emil, fay] = [await leaver('emil'), await readUser('fay')]
    const other = await book(emil.one, 'fay', spanIn(30))
    const bookings = [emil.second.id, emil.over.id, other.id]
    const done = await handOver(emil.user, { to: fay.id, bookings, files: [emil.file.file_hash] })
    expect(done.body).toEqual({
      bookings: { done: 1, left: 0 },
      files: { done: 1, left: 0 },
    } as never)
    expect((await booked(fay)).map(({ id }) => id)).toEqual([emil.second.id, other.id])
    expect((await holdingsOf(emil.user)).body.bookings).toMatchObject({ count: 2, waiting: 1 })
  })

  it('is handed over in batches', async () => {
    const [gus, hal] = [await readUser('gus'), await readUser('hal')]
    const car = await addCar()
    for (let hours = 1; hours <= 250; hours++) await book(car, 'gus', spanIn(hours))
    const done = await handOver(gus, { to: hal.id, bookings: true })
    expect(done.body.bookings).toEqual({ done: 250, left: 0 })
    expect(await booked(hal)).toHaveLength(250)
    const released = await release(hal, { bookings: true }, 'hal')
    expect(released.body).toEqual({ done: 250, left: 0 } as never)
    expect(await booked(hal)).toEqual([])
  }, 60_000)

  it('is refused before anything is done if it does not fit', async () => {
    const [ida, jon] = [await leaver('ida'), await readUser('jon')]
    await upload('jon', 'x'.repeat(quota_bytes - 5))
    const refused = await handOver(ida.user, { to: jon.id, bookings: true, files: true })
    expect([refused.status, refused.body.code]).toEqual([409, 'quota_exceeded'])
    expect((await holdingsOf(ida.user)).body).toMatchObject({
      bookings: { count: 3, waiting: 1 },
      files: { count: 1 },
    })
    expect(await booked(jon)).toEqual([])
    // Those that the other has, too, need no room.
    const kim = await readUser('kim')
    const same = await upload('kim', 'x'.repeat(quota_bytes - 5))
    const shared = await handOver(kim, { to: jon.id, files: true })
    expect(shared.body.files).toEqual({ done: 1, left: 0 })
    const content = `/api/files/${same.file_hash}/content`
    expect((await call('GET', content, { as: 'jon' })).status).toBe(200)
    expect((await call('GET', content, { as: 'kim' })).status).toBe(404)
  })

  it('cannot be handed over to an unknown, disabled or the same user', async () => {
    const [lea, max] = [await leaver('lea'), await readUser('max')]
    const codeOf = async (to: string) => {
      const { status, body } = await handOver(lea.user, { to, bookings: true })
      return [status, body.code]
    }
    expect(await codeOf('01a1fe45-0000-7000-8000-000000000000')).toEqual([422, 'invalid_input'])
    expect(await codeOf(lea.user.id)).toEqual([422, 'invalid_input'])
    await call('PATCH', `/api/users/${max.id}`, { body: { disabled: true } })
    expect(await codeOf(max.id)).toEqual([409, 'receiver_disabled'])
    // A disabled account can be emptied.
    const back = await handOver(max, { to: lea.user.id, bookings: true })
    expect(back.status).toBe(200)
    expect((await holdingsOf(lea.user)).body.bookings?.count).toBe(3)
  })

  it('is released, without getting it back by the waiting list', async () => {
    const nia = await leaver('nia')
    const wait = { resource_id: nia.one.id, ...spanIn(2) }
    expect((await call('POST', '/api/waitlist', { as: 'nia', body: wait })).status).toBe(201)
    expect((await release(nia.user, { bookings: true }, 'ben')).status).toBe(403)
    expect((await release(nia.user, { bookings: [nia.second.id] })).body).toEqual({
      done: 1,
      left: 0,
    } as never)
    expect((await release(nia.user, { bookings: true })).body).toEqual({
      done: 2,
      left: 0,
    } as never)
    expect((await holdingsOf(nia.user)).body.bookings).toMatchObject({ count: 0, waiting: 0 })
    expect((await booked(nia.user)).map(({ id }) => id)).toEqual([nia.over.id])
  })

  it('keeps bookings when disabled', async () => {
    const olaf = await leaver('olaf')
    await call('PATCH', `/api/users/${olaf.user.id}`, { body: { disabled: true } })
    expect(await booked(olaf.user)).toHaveLength(4)
    expect((await holdingsOf(olaf.user)).body.files?.count).toBe(1)
  })
})
