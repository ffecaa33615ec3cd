import { Elysia } from 'elysia'
import { describe, expect, it } from 'bun:test'
import {
  access,
  isAdministrator,
  requireAccess,
  requireAdministrator,
  requireOwner,
  toServiceCaller,
  type Access,
  type Caller,
} from './access.ts'
import { ProblemError } from './problem.ts'

const toCaller = (id: string, role: Caller['role']): Caller => ({
  id,
  role,
  email: '',
  login: '',
  groups: [],
})
const callers: Record<string, Caller> = {
  anna: toCaller('anna', 'member'),
  root: toCaller('root', 'admin'),
  books: toServiceCaller('books'),
  files: toServiceCaller('files'),
  system: toServiceCaller('host', 'system'),
  // An administrator's key to read, and one that may manage.
  reading: { ...toCaller('root', 'member'), grant: { role: 'admin', scopes: ['read'] } },
  managing: { ...toCaller('root', 'member'), grant: { role: 'admin', scopes: ['manage'] } },
}
const refuse = (status: number, code: string) =>
  new ProblemError({ status, code: code as ProblemError['code'], detail: '' })

async function authenticate({ headers }: Request): Promise<Caller> {
  const name = headers.get('authorization')
  if (name === null) throw refuse(401, 'token_missing')
  const caller = callers[name]
  if (!caller) throw refuse(401, 'token_invalid')
  return caller
}

function start(rule: Access, path = '/things/:id') {
  const seen: string[] = []
  const app = new Elysia()
    .decorate({ authenticate, areaOf: () => ({ service: 'things', keysOnlyRead: false }) })
    .onError(({ error, set }) => {
      set.status = (error as ProblemError).status
      return ''
    })
    .use(access)
    .get(path, ({ caller }) => (seen.push(caller.id), ''), { access: rule })
    .post(path, ({ caller }) => (seen.push(caller.id), ''), { access: rule })
  const send = (who?: string, method = 'GET', at = '/things/anna') =>
    app.handle(
      new Request(`http://campus${at}`, { method, headers: who ? { authorization: who } : {} }),
    )
  return { app, send, seen }
}

describe('a route', () => {
  const all = [undefined, 'wrong', 'anna', 'root', 'books', 'files', 'system']
  const rows: [Access, number[]][] = [
    ['public', [200, 200, 200, 200, 200, 200, 200]],
    ['anonymous', [200, 401, 200, 200, 200, 200, 200]],
    ['member', [401, 401, 200, 200, 403, 403, 200]],
    ['self', [401, 401, 200, 200, 403, 403, 200]],
    ['owner', [401, 401, 200, 200, 403, 403, 200]],
    ['admin', [401, 401, 403, 200, 403, 403, 200]],
    ['service', [401, 401, 403, 403, 200, 200, 200]],
    [{ service: ['books'] }, [401, 401, 403, 403, 200, 403, 200]],
  ]
  it.each(rows)('for %j admits these and no others', async (rule, expected) => {
    const { send } = start(rule)
    const found: number[] = []
    for (const who of all) found.push((await send(who)).status)
    expect(found).toEqual(expected)
  })

  it('for oneself is no place for another member', async () => {
    const { send } = start('self')
    expect((await send('anna', 'GET', '/things/ben')).status).toBe(403)
    expect((await send('root', 'GET', '/things/ben')).status).toBe(200)
  })

  it('is told who calls; nobody is anonymous', async () => {
    const { send, seen } = start('anonymous')
    for (const who of ['anna', undefined]) await send(who)
    expect(seen).toEqual(['anna', 'anonymous'])
    const open = start('public')
    // Tokens are not read.
    await open.send('wrong')
    expect(open.seen).toEqual(['anonymous'])
  })

  it('is used by a key within its scopes, and as a member unless it may manage', async () => {
    const { send } = start('admin')
    expect((await send('reading')).status).toBe(403)
    expect((await send('managing')).status).toBe(200)
    const open = start('member')
    expect((await open.send('reading')).status).toBe(200)
    expect((await open.send('reading', 'POST')).status).toBe(403)
    // A ticket for a stream is as good as reading it.
    const path = '/things/events/tickets'
    const stream = start('member', path)
    expect((await stream.send('reading', 'POST', path)).status).toBe(200)
  })

  it('answers its caller only: nothing of it is kept or shared', async () => {
    for (const who of ['anna', 'wrong']) {
      const { headers } = await start('member').send(who)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('vary')).toBe('authorization')
    }
    const { headers } = await start('public').send()
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual([null, null])
  })

  it('keeps what it varies by already', async () => {
    const app = new Elysia()
      .decorate({ authenticate, areaOf: () => undefined })
      .onTransform(({ set }) => {
        set.headers['vary'] = 'accept'
        set.headers['cache-control'] = 'private'
      })
      .use(access)
      .get('/', () => '', { access: 'member' })
    const request = new Request('http://campus/', { headers: { authorization: 'anna' } })
    const { headers } = await app.handle(request)
    expect([headers.get('vary'), headers.get('cache-control')]).toEqual([
      'accept, authorization',
      'private',
    ])
  })

  it('tells the document who may use it', () => {
    const told = (rule: Access) =>
      (start(rule).app.routes[0]?.hooks as { detail?: object } | undefined)?.detail
    expect(told('admin')).toEqual({ 'x-access': 'admin' })
    expect(told({ service: ['books'] })).toEqual({ 'x-access': 'service', 'x-callers': ['books'] })
  })

  it('that declares no access stops the start; a preflight needs none', () => {
    const { app } = start('member')
    expect(() => requireAccess(app.routes)).not.toThrow()
    app
      .get('/open', () => '')
      .post('/wide', () => '')
      .options('/preflight', () => '')
    expect(() => requireAccess(app.routes)).toThrow(
      'add { access: … } to them: GET /open, POST /wide',
    )
  })
})

describe('a thing', () => {
  it('is for its owner and for administrators', () => {
    expect(() => requireOwner(toCaller('anna', 'member'), 'anna')).not.toThrow()
    expect(() => requireOwner(toCaller('root', 'admin'), 'anna')).not.toThrow()
    expect(() => requireOwner(toCaller('ben', 'member'), 'anna')).toThrow('Ask an administrator.')
    expect(() => requireOwner(toServiceCaller('books'), 'anna')).toThrow('Ask an administrator.')
  })

  it('is administered by administrators and the system', () => {
    expect(() => requireAdministrator(toCaller('root', 'admin'))).not.toThrow()
    expect(() => requireAdministrator(toCaller('anna', 'member'))).toThrow('Only administrators')
    const roles = ['anonymous', 'member', 'admin', 'service', 'system'] as const
    expect(roles.filter((role) => isAdministrator({ role }))).toEqual(['admin', 'system'])
  })
})
