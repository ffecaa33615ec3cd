import { expect, it } from 'bun:test'
import type { FilePin } from '../../shared/schemas/file-pin.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'
import { day_ms, minute_ms } from '../../shared/duration.ts'

describeStores('files named by a handover', (makeDatabase) => {
  let ahead_ms = 0
  const { call, system } = useSystem(makeDatabase, { clock: () => Date.now() + ahead_ms })
  let made = 0

  const holder = () => Bun.randomUUIDv7()
  const idOf = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body.id
  const upload = async (as: string) =>
    (
      await call<FileRecord>('POST', '/api/files?file_name=dent.txt', {
        as,
        body: `Photo ${++made}`,
        headers: { 'content-type': 'text/plain' },
      })
    ).body.file_hash
  const remove = async (hash: string, as: string) =>
    (await call<Problem | null>('DELETE', `/api/files/${hash}`, { as })).status

  async function ask<T>(method: string, path: string, body?: object) {
    const token = await system().signServiceToken('bookings', 'files')
    const headers = { 'x-service-token': token }
    const given = { as: null, headers, ...(body && { body }) }
    return call<T>(method, `/api/files/pins${path}`, given)
  }
  const pin = async (held: string, hash: string, { owner = '', of_anybody = false }) =>
    (
      await ask<{ missing: string[] }>('POST', '', {
        holder: held,
        hashes: [hash],
        owner,
        of_anybody,
      })
    ).body.missing
  const listed = async (hash: string) =>
    (await ask<FilePin[]>('GET', '')).body.filter(({ file_hash }) => file_hash === hash)

  it('photos_fill_quota: count towards their owner until some time after its end', async () => {
    const owner = await idOf('anna')
    const [hash, held] = [await upload('anna'), holder()]
    expect(await pin(held, hash, { owner })).toEqual([])
    const review = async (as: 'kept' | 'over') => {
      const [one] = await listed(hash)
      expect(one).toEqual({ holder: held, file_hash: hash })
      expect((await ask('POST', '/review', { [as]: [one] })).status).toBe(204)
      expect(await listed(hash)).toEqual([])
    }
    ahead_ms += 6 * minute_ms
    await review('kept')
    ahead_ms += 6 * day_ms
    expect(await listed(hash)).toEqual([])
    ahead_ms += 2 * day_ms
    await review('kept')
    expect(await remove(hash, 'anna')).toBe(409)
    ahead_ms += 8 * day_ms
    await review('over')
    expect(await remove(hash, 'anna')).toBe(204)
    const links = await ask<{ url: string }[]>('POST', '/links', { holder: held, hashes: [hash] })
    expect((await call('GET', links.body[0]?.url ?? '', { as: null })).status).toBe(200)
    ahead_ms += 30 * day_ms
    expect(await listed(hash)).toEqual([])
  })

  it('count towards an owner, whoever names them, and cannot be deleted', async () => {
    const [hash, owner] = [await upload('anna'), await idOf('admin')]
    expect(await pin(holder(), hash, { owner, of_anybody: true })).toEqual([])
    expect(await remove(hash, 'anna')).toBe(409)
  })

  it('are not freed by a service that knows only some references', async () => {
    const owner = await idOf('anna')
    const [hash, held] = [await upload('anna'), holder()]
    expect(await pin(held, hash, { owner })).toEqual([])
    ahead_ms += 6 * minute_ms
    const one = { holder: held, file_hash: hash }
    expect((await ask('POST', '/review', { dropped: [one] })).status).toBe(422)
    expect(await remove(hash, 'anna')).toBe(409)
    expect((await ask('POST', '/review', { unnamed: [one] })).status).toBe(204)
    expect(await remove(hash, 'anna')).toBe(204)
  })

  it('count towards a user they are handed over to', async () => {
    const owner = await idOf('bert')
    const hash = await upload('bert')
    expect(await pin(holder(), hash, { owner })).toEqual([])
    const to = await idOf('gina')
    const given = await call('POST', `/api/users/${owner}/hand_over`, { body: { to, files: true } })
    expect(given.status).toBe(200)
    expect(await remove(hash, 'gina')).toBe(409)
  })
})
