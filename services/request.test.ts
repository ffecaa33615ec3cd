import { expect, it } from 'bun:test'
import type { Problem } from '../shared/schemas/problem.ts'
import type { User } from '../shared/schemas/user.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { useSystem } from './testing/use-system.ts'

const json = (type: string) => ({ headers: { 'content-type': type } })

describeStores('a request', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('may have its media type in any case', async () => {
    for (const type of ['Application/JSON', 'application/json ; Charset=UTF-8']) {
      const body = JSON.stringify({ title: type, author: 'Ada' })
      const { status } = await system().send('POST', '/api/books', { ...json(type), body })
      expect([type, status]).toEqual([type, 201])
    }
    const part = 'Content-Disposition: form-data; name="upfile"; filename="a.txt"'
    const body = `--b\r\n${part}\r\n\r\nbytes\r\n--b--\r\n`
    const form = json('Multipart/Form-Data; boundary=b')
    expect((await system().send('POST', '/api/files', { ...form, body })).status).toBe(201)
    const text = await system().send('POST', '/api/books', { ...json('text/plain'), body: '{}' })
    expect(text.status).toBe(415)
  })

  it('has each parameter once, and numbers without loss', async () => {
    const twice = await call<Problem>('GET', '/api/books?limit=1&limit=2')
    expect([twice.status, twice.body.errors?.[0]?.pointer]).toEqual([422, '?limit'])
    const write = (page_count: string) =>
      system().send('POST', '/api/books', {
        ...json('application/json'),
        body: `{"title":"Long","author":"Ada","page_count":${page_count}}`,
      })
    for (const number of ['9007199254740993', '-9007199254740993', '1e999']) {
      const answer = await write(number)
      const { code, detail } = (await answer.json()) as Problem
      expect([answer.status, code]).toEqual([422, 'number_too_large'])
      expect(detail).toStartWith(number)
    }
    expect((await write('1e2')).status).toBe(201)
    // What looks like one is not.
    const body = { title: 'ISBN 9007199254740993, 1e999', author: 'Ada' }
    expect((await call('POST', '/api/books', { body })).status).toBe(201)
  })

  it('gets the methods of its own path in 405', async () => {
    for (const [method, path, allowed] of [
      ['DELETE', '/api/cars/availability', 'GET, HEAD'],
      ['PUT', '/api/cars/availability', 'GET, HEAD'],
      ['PATCH', '/api/bookings/series', 'POST'],
      ['PUT', `/api/cars/${Bun.randomUUIDv7()}`, 'GET, HEAD, PATCH, DELETE'],
    ] as const) {
      const { status, headers } = await call(method, path, { body: {} })
      expect([path, status, headers.get('allow')]).toEqual([path, 405, allowed])
    }
    expect((await call('GET', '/api/cars/nonsense')).status).toBe(422)
  })

  it('finds a path with any escaping', async () => {
    for (const [path, found] of [
      ['/api/b%6Foks?limit=1', '/api/books?limit=1'],
      ['/%61pi/courses', '/api/courses'],
    ] as const) {
      const { status, headers } = await call('GET', path)
      expect([status, headers.get('location')]).toEqual([308, found])
      expect((await call('GET', found)).status).toBe(200)
    }
    // Nobody is sent anywhere else.
    for (const path of ['//x.example/%61', '/api/b%2Foks', '/api/%FFbooks', '/n%6Fthing'])
      expect([path, (await call('GET', path)).status]).toEqual([path, 404])
  })

  it('may name the caller’s own account `me`', async () => {
    const as = 'nora'
    const me = await call<User>('GET', '/api/users/me', { as })
    const changed = await call<User>('PATCH', '/api/users/me', {
      as,
      body: { display_name: 'Nora' },
      headers: { 'if-match': me.headers.get('etag') ?? '' },
    })
    expect(changed).toMatchObject({ status: 200, body: { id: me.body.id, display_name: 'Nora' } })
    const stale = { 'if-match': me.headers.get('etag') ?? '' }
    const body = { display_name: 'Late' }
    expect((await call('PATCH', '/api/users/me', { as, body, headers: stale })).status).toBe(412)
    expect((await call('PATCH', '/api/users/me', { as: null, body })).status).toBe(401)
    // As of the account itself: not without the password.
    const removal = await call<Problem>('DELETE', '/api/users/me', { as })
    expect(removal.body.code).toBe('current_password_wrong')
    expect((await call<User>('GET', '/api/users/me', { as })).body.id).toBe(me.body.id)
  })
})
