import { expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { User } from '../../shared/schemas/user.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../../services/testing/use-system.ts'
import type { Note } from './note.ts'
import { notesMax } from './service.ts'

const path = '/api/notes'

describeStores('notes', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  const make = (body: object, as = 'anna', headers = {}) =>
    call<Note & Problem>('POST', path, { body, as, headers })
  const locate = async (body: object, as = 'anna') =>
    (await make(body, as)).headers.get('location') ?? ''
  const byHand = (text: string) => changeByHand(system().databaseUrlOf('desk'), text)

  it('are added, and visible to every member', async () => {
    const made = await make({ title: 'Keys', text: 'In the drawer.' })
    expect(made).toMatchObject({ status: 201, body: { title: 'Keys', text: 'In the drawer.' } })
    const found = await call<Note>('GET', made.headers.get('location') ?? '', { as: 'bert' })
    expect(found).toMatchObject({ status: 200, body: made.body })
    expect(found.headers.get('etag')).toStartWith('"v1-')
    expect((await make({ title: 'Only a title' })).body.text).toBe('')
  })

  it('are listed newest first, page by page, each once', async () => {
    for (const title of ['one', 'two', 'three', 'four', 'five']) await make({ title }, 'lisa')
    const seen: string[] = []
    let next: string | undefined = `${path}?limit=2`
    while (next && seen.length < 5) {
      const { body, headers }: { body: Note[]; headers: Headers } = await call('GET', next)
      seen.push(...body.map(({ title }) => title))
      next = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen.slice(0, 5)).toEqual(['five', 'four', 'three', 'two', 'one'])
    expect((await call('GET', `${path}?cursor=bm9uc2Vuc2U`)).status).toBe(400)
    expect((await call('GET', `${path}?limit=0`)).status).toBe(422)
  })

  it('are changed and deleted by their owner and administrators, and nobody else', async () => {
    const location = await locate({ title: 'Mine', text: 'before' }, 'carl')
    const body = { text: 'after' }
    for (const [as, status] of [
      [null, 401],
      ['bert', 403],
    ] as const) {
      expect((await call('PATCH', location, { as, body })).status).toBe(status)
      expect((await call('DELETE', location, { as })).status).toBe(status)
    }
    expect((await call<Note>('GET', location)).body.text).toBe('before')
    expect(await call('PATCH', location, { as: 'carl', body })).toMatchObject({
      status: 200,
      body: { title: 'Mine', text: 'after' },
    })
    expect((await call('PATCH', location, { as: 'admin', body })).status).toBe(200)
    expect((await call('DELETE', location, { as: 'carl' })).status).toBe(204)
    expect((await call('GET', location)).status).toBe(404)
    expect((await call('DELETE', location, { as: 'carl' })).status).toBe(404)
    expect((await call('PATCH', location, { as: 'carl', body })).status).toBe(404)
  })

  it('are not changed under another version', async () => {
    const location = await locate({ title: 'Versions' })
    const headers = { 'if-match': '"v1"' }
    const change = (text: string, given = {}) =>
      call<Note>('PATCH', location, { as: 'anna', body: { text }, headers: given })
    const first = await change('first', headers)
    expect([first.status, first.headers.get('etag')]).toEqual([200, expect.stringMatching(/^"v2-/)])
    expect((await change('second', headers)).status).toBe(412)
    expect((await call('DELETE', location, { as: 'anna', headers })).status).toBe(412)
    expect((await call<Note>('GET', location)).body.text).toBe('first')
    expect((await change('third')).headers.get('etag')).toStartWith('"v3-')
  })

  it('are added once, however often the request is retried', async () => {
    const headers = { 'idempotency-key': 'once' }
    const first = await make({ title: 'Retried' }, 'anna', headers)
    const again = await make({ title: 'Retried' }, 'anna', headers)
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const other = await make({ title: 'Another' }, 'anna', headers)
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
    expect((await make({ title: 'Retried' }, 'bert', headers)).body.id).not.toBe(first.body.id)
  })

  it('have unique titles: of 20 simultaneous requests one succeeds', async () => {
    const all = Array.from({ length: 20 }, () => make({ title: 'Contested' }))
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, ...Array<number>(19).fill(409)])
    const location = await locate({ title: 'Free' })
    const taken = await call('PATCH', location, { as: 'anna', body: { title: 'Contested' } })
    expect(taken).toMatchObject({ status: 409, body: { code: 'note_title_taken' } })
    expect((await make({ title: 'Contested' }, 'bert')).status).toBe(201)
  })

  it('refuse invalid input, and name the field', async () => {
    const bad = [
      {},
      { title: '' },
      { title: 'x'.repeat(201) },
      { title: 'a\0b' },
      { title: 7 },
      { title: 'x', text: 'x'.repeat(10_001) },
      { title: 'x', colour: 'red' },
    ]
    for (const body of bad) {
      const { status, body: problem } = await make(body, 'dora')
      expect([body, status, problem.code]).toEqual([body, 422, 'invalid_input'])
      expect(problem.errors).toHaveLength(1)
    }
    const location = await locate({ title: 'Good' }, 'dora')
    expect((await call('PATCH', location, { as: 'dora', body: {} })).status).toBe(422)
    expect((await call('GET', `${path}/7`)).status).toBe(422)
    expect((await call<Note[]>('GET', path, { as: 'dora' })).body[0]?.title).toBe('Good')
  })

  it('keep their rules against SQL by hand', async () => {
    const { body } = await make({ title: 'By hand' })
    await make({ title: 'Other' })
    const rename = (title: string) =>
      byHand(`UPDATE notes SET title = ${title}
      WHERE created_by = '${body.created_by}' AND title = 'By hand'`)
    await expect(rename(`''`)).rejects.toThrow()
    await expect(rename(`'Other'`)).rejects.toThrow()
    await rename(`'By another hand'`)
  })

  it('are limited per owner', async () => {
    const { body } = await make({ title: 'First' }, 'eve')
    const isSqlite = system().databaseUrlOf('desk').startsWith('sqlite:')
    const key = isSqlite ? 'randomblob(16)' : 'gen_random_uuid()'
    await byHand(`INSERT INTO notes (id, title, text, created_by, created)
      WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${notesMax})
      SELECT ${key}, 'title ' || i, '', '${body.created_by}',
        (SELECT max(created) FROM notes) FROM n`)
    const refused = await make({ title: 'One more' }, 'eve')
    expect(refused).toMatchObject({ status: 409, body: { code: 'too_many_notes' } })
    expect((await make({ title: 'One more' }, 'bert')).status).toBe(201)
    expect((await call('DELETE', `${path}/${body.id}`, { as: 'eve' })).status).toBe(204)
    expect((await make({ title: 'One more' }, 'eve')).status).toBe(201)
  })

  it("are removed with their owner's account; those of others stay", async () => {
    const [gone, kept] = [
      await locate({ title: 'A' }, 'frank'),
      await locate({ title: 'A' }, 'gina'),
    ]
    const { body: frank } = await call<User>('GET', '/api/users/me', { as: 'frank' })
    expect((await call('DELETE', `/api/users/${frank.id}`)).status).toBe(204)
    system().startTasks()
    while ((await call('GET', gone)).status !== 404) await Bun.sleep(50)
    expect((await call('GET', kept)).status).toBe(200)
  }, 60_000)
})
