import { expect, it } from 'bun:test'
import type { BookingFile } from '../../../shared/schemas/booking-file.ts'
import type { FileRecord } from '../../../shared/schemas/file.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { useHandovers } from '../handover/fixture.ts'

describeStores('the files of a booking', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, addType, addGroup, setPolicy, book, idOf } = tools
  const { addPhoto, bookNow, checkOut, byHand, inSql } = useHandovers(tools)

  const pathOf = (id: string, hash = '') => `/api/bookings/${id}/files${hash && `/${hash}`}`
  const name = (file_name: string, id: string, hash: string) => (as: string) =>
    call<Problem>('PUT', pathOf(id, hash), { as, body: { file_name } })
  const add = (id: string, hash: string, as = 'anna') => name('Contract.pdf', id, hash)(as)
  const remove = (id: string, hash: string, as = 'anna') =>
    call<Problem>('DELETE', pathOf(id, hash), { as })
  const list = (id: string, as = 'anna') => call<BookingFile[] & Problem>('GET', pathOf(id), { as })
  const isThere = async (hash: string) =>
    (await call('GET', `/api/files/${hash}`, { as: 'admin' })).status
  const deleteOwn = (hash: string, as = 'anna') =>
    call<Problem>('DELETE', `/api/files/${hash}`, { as })

  /** Makes all pins look long overdue for review. */
  async function review(): Promise<void> {
    await byHand('files', `UPDATE pins SET pinned = ${inSql(-1)}, reviewed = NULL`)
    await system().runTask('bookings: review photos')
  }

  it('are visible to everyone who may read it, open without a token, and have a name', async () => {
    const type = await addType()
    const rights = [
      { group: await addGroup('mona'), may: 'manage' },
      { group: null, may: 'book' },
    ]
    await setPolicy({ type, rules: { rights } })
    const { body } = await book({ items: [{ resource_id: await addResource(type) }] })
    const [own, managers] = [await addPhoto('anna'), await addPhoto('mona')]
    expect((await add(body.id, own)).status).toBe(204)
    expect((await name('Note.txt', body.id, managers)('mona')).status).toBe(204)
    expect((await name('Contract 2.pdf', body.id, own)('anna')).status).toBe(204)
    for (const as of ['anna', 'mona', 'admin']) {
      const { body: files } = await list(body.id, as)
      expect(files.map(({ file_name, added_by }) => [file_name, added_by])).toEqual([
        ['Contract 2.pdf', await idOf('anna')],
        ['Note.txt', await idOf('mona')],
      ])
      const opened = await call<string>('GET', files[0]?.url ?? '', { as: null })
      expect(opened.status).toBe(200)
    }
    for (const status of [
      (await list(body.id, 'bert')).status,
      (await add(body.id, await addPhoto('bert'), 'bert')).status,
      (await remove(body.id, own, 'bert')).status,
      (await remove(body.id, managers)).status,
    ]) {
      expect(status).toBe(403)
    }
    expect((await call('GET', pathOf(body.id), { as: null })).status).toBe(401)
    // Only the caller's own files can be added.
    expect((await add(body.id, await addPhoto('bert'))).body.code).toBe('file_missing')
    expect((await add(body.id, 'ab'.repeat(32))).body.code).toBe('file_missing')
    expect((await remove(body.id, 'ab'.repeat(32))).status).toBe(404)
    expect((await list(crypto.randomUUID())).status).toBe(404)
    expect((await remove(body.id, own, 'mona')).status).toBe(204)
    expect((await list(body.id)).body.map(({ file_hash }) => file_hash)).toEqual([managers])
  })

  it('are added by their owner, and renamed by those who may remove them', async () => {
    const type = await addType()
    const rights = [
      { group: await addGroup('gina'), may: 'manage' },
      { group: null, may: 'book' },
    ]
    await setPolicy({ type, rules: { rights } })
    const { body } = await book({ items: [{ resource_id: await addResource(type) }] })
    const [managers, own] = [await addPhoto('gina'), await addPhoto()]
    expect((await add(body.id, managers, 'gina')).status).toBe(204)
    expect((await add(body.id, managers)).status).toBe(403)
    expect((await remove(body.id, managers, 'gina')).status).toBe(204)
    // It is kept for some more minutes, but belongs to nobody.
    expect((await add(body.id, managers)).body.code).toBe('file_missing')
    expect((await add(body.id, own)).status).toBe(204)
    expect((await name('Signed.pdf', body.id, own)('gina')).status).toBe(204)
    expect((await remove(body.id, own)).status).toBe(204)
    for (const as of ['gina', 'admin']) {
      expect((await add(body.id, own, as)).body.code).toBe('file_missing')
    }
    expect((await list(body.id)).body).toHaveLength(0)
    for (const shown of ['Contract\u202efdp.exe', 'a\nb', ' ', '']) {
      expect((await name(shown, body.id, own)('anna')).status).toBe(422)
    }
  })

  it('count towards the user who added them last', async () => {
    const { body } = await book({ items: [{ resource_id: await addResource() }] })
    const text = crypto.randomUUID()
    const upload = async (as: string) => {
      const headers = { 'content-type': 'application/octet-stream' }
      const path = '/api/files?file_name=same.txt'
      return (await call<FileRecord>('POST', path, { as, body: text, headers })).body.file_hash
    }
    const hash = await upload('anna')
    expect(await upload('admin')).toBe(hash)
    expect((await add(body.id, hash, 'admin')).status).toBe(204)
    expect((await remove(body.id, hash, 'admin')).status).toBe(204)
    expect((await add(body.id, hash)).status).toBe(204)
    expect((await deleteOwn(hash, 'admin')).status).toBe(204)
    expect((await deleteOwn(hash)).body.code).toBe('file_in_use')
  })

  it('can be removed by the user who added them, even without access to the booking', async () => {
    const { body } = await book({ items: [{ resource_id: await addResource() }] })
    const hash = await addPhoto()
    expect((await add(body.id, hash)).status).toBe(204)
    const bert = await idOf('bert')
    const given = `booked_for = '${bert}', created_by = '${bert}'`
    await byHand('bookings', `UPDATE bookings SET ${given} WHERE number = '${body.number}'`)
    expect((await list(body.id)).status).toBe(403)
    expect((await name('Mine', body.id, hash)('anna')).status).toBe(403)
    expect((await remove(body.id, 'ab'.repeat(32))).status).toBe(403)
    expect((await remove(body.id, hash, 'bert')).status).toBe(403)
    expect((await remove(body.id, hash)).status).toBe(204)
    expect((await list(body.id, 'bert')).body).toHaveLength(0)
  })

  it('are there from the start, in the commit that books', async () => {
    const [first, second, others] = [await addPhoto(), await addPhoto(), await addPhoto('bert')]
    const resource = await addResource()
    const items = [{ resource_id: resource }]
    const named = (...hashes: string[]) => ({
      items,
      files: hashes.map((file_hash, at) => ({ file_hash, file_name: `Contract ${at + 1}.pdf` })),
    })
    for (const [hashes, code] of [
      [[first, others], 'file_missing'],
      [['ab'.repeat(32)], 'file_missing'],
      [[first, first], 'invalid_input'],
    ] as const) {
      const refused = await book(named(...hashes))
      expect([refused.status, refused.body.code]).toEqual([422, code])
    }
    // Nothing was booked.
    const key = { 'idempotency-key': 'with-files' }
    const made = await book(named(first, second), 'anna', key)
    expect(made.status).toBe(201)
    expect((await book(named(first, second), 'anna', key)).body).toEqual(made.body)
    const { body: files } = await list(made.body.id)
    expect(
      files.map(({ file_hash, file_name, added_by }) => [file_hash, file_name, added_by]),
    ).toEqual(
      [first, second]
        .map((hash, at) => [hash, `Contract ${at + 1}.pdf`, made.body.created_by])
        .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    )
    expect((await deleteOwn(first)).body.code).toBe('file_in_use')
    const saved = await call('GET', files[0]?.url ?? '', { as: null })
    expect(saved.headers.get('content-disposition')).toContain(`filename="${files[0]?.file_name}"`)
  })

  it('are logged when they are no longer pinned', async () => {
    const { body } = await book({ items: [{ resource_id: await addResource() }] })
    const hash = await addPhoto()
    expect((await add(body.id, hash)).status).toBe(204)
    await byHand('files', 'DELETE FROM pins')
    expect((await list(body.id)).body).toHaveLength(0)
    expect(system().logged().includes('a file of a booking is not kept')).toBe(true)
  })

  it('are at most twenty, even when two users add the last one at once', async () => {
    const { body } = await book({ items: [{ resource_id: await addResource() }] })
    const hashes: string[] = []
    for (let made = 0; made < 24; made++) hashes.push(await addPhoto())
    const added = await Promise.all(hashes.map((hash) => add(body.id, hash)))
    const refused = added.filter(({ status }) => status !== 204)
    expect(refused.map(({ status, body: { code } }) => [status, code])).toEqual(
      Array.from({ length: 4 }, () => [409, 'too_many_files']),
    )
    const { body: files } = await list(body.id)
    expect(files).toHaveLength(20)
    // One that is already there is renamed.
    expect((await name('New', body.id, files[0]?.file_hash ?? '')('anna')).status).toBe(204)
    expect((await list(body.id)).body.map(({ file_name }) => file_name)).toContain('New')
  })

  it('stay exactly as long as they are attached, whoever deletes them', async () => {
    const booking = await bookNow([await addResource()])
    const [kept, taken, both] = [await addPhoto(), await addPhoto(), await addPhoto()]
    for (const hash of [kept, taken, both]) {
      expect((await add(booking.id, hash)).status).toBe(204)
      expect((await deleteOwn(hash)).body.code).toBe('file_in_use')
    }
    // A photo of its handover as well.
    expect((await checkOut(booking.id, [{ files: [both] }])).status).toBe(200)
    for (const hash of [taken, both]) expect((await remove(booking.id, hash)).status).toBe(204)
    await review()
    expect((await deleteOwn(kept)).body.code).toBe('file_in_use')
    expect((await deleteOwn(both)).body.code).toBe('file_in_use')
    expect((await deleteOwn(taken)).status).toBe(204)
    expect([await isThere(kept), await isThere(taken)]).toEqual([200, 404])
    expect((await list(booking.id)).body.map(({ file_hash }) => file_hash)).toEqual([kept])
    // Deleting the booking removes its files.
    const isSqlite = system().databaseUrlOf('bookings').startsWith('sqlite:')
    const first = isSqlite ? 'PRAGMA foreign_keys = ON;' : ''
    const erase = `DELETE FROM bookings WHERE number = '${booking.number}'`
    await byHand('bookings', `${first} ${erase}`)
    await review()
    expect((await deleteOwn(kept)).status).toBe(204)
  }, 90_000)
})
