import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { makeSqlite } from '../shared/testing/describe-stores.ts'
import { listenForTest } from '../shared/testing/listen.ts'
import type { CreatedApiKey } from '../shared/schemas/api-key.ts'
import document from './openapi.json'
import { startForTest, type TestSystem } from './testing/system.ts'

/** Written by hand, so that a rule which opens more than it should is noticed. */
const known: Record<string, Need> = {
  listResourceTypes: 'nothing',
  logIn: 'nothing',
  listCars: 'read',
  getUploadOffset: 'read',
  listApiKeys: 'read',
  createAllocationTicket: 'read',
  allocateCar: 'book',
  rateBook: 'book',
  uploadFile: 'book',
  createCar: 'manage',
  auditAllocations: 'manage',
  listUsers: 'manage',
  listSecurityEvents: 'manage',
  createApiKey: 'a login',
  revokeApiKey: 'a login',
  changeUser: 'a login',
  signUp: 'a login',
  endLogin: 'a login',
  logOutUser: 'a login',
  beginSecondFactor: 'a login',
  beginPasskey: 'a login',
  removePasskey: 'a login',
  logInWithPasskey: 'nothing',
  resetSecondFactor: 'a login',
  rotateSigningKey: 'a login',
  findApiKeyOwner: 'a service',
}
type Need = 'nothing' | 'read' | 'book' | 'manage' | 'a login' | 'a service'

// Names nothing that exists, so that a key that gets in changes nothing.
const nowhere = '01a1fe45-0000-7000-8000-000000000000'

// `services/access.test.ts` knows by hand what each operation declares.
function toNeed(method: string, access: string, service: string | undefined): Need {
  if (access === 'public') return 'nothing'
  if (access === 'service') return 'a service'
  const isRead = /^(?:get|head)$/.test(method)
  if (service === 'users' && !isRead) return 'a login'
  if (access === 'admin') return 'manage'
  return isRead ? 'read' : 'book'
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    id: operation.operationId,
    method: method.toUpperCase(),
    path: path.replace(/{\w+}/g, nowhere),
    service: operation.tags[0] ?? '',
    // The path names somebody else.
    isOwn: operation['x-access'] === 'self',
    // A ticket opens what is read.
    need: toNeed(
      path.endsWith('/events/tickets') ? 'get' : method,
      operation['x-access'],
      operation.tags[0],
    ),
  })),
)
type Operation = (typeof operations)[number]

const levels = ['read', 'book', 'manage']
const services = [...new Set(operations.map(({ service }) => service))]
const scopes = [...levels, ...services.flatMap((name) => levels.map((level) => `${name}:${level}`))]

/** What a key of an administrator is answered: `in` is whatever comes behind the door. */
function toExpected({ need, service, isOwn }: Operation, scope: string): string {
  if (need === 'nothing') return 'in'
  if (need === 'a login') return 'login_required'
  const [level = '', of = service] = scope.split(':').toReversed()
  const isEnough = of === service && levels.indexOf(level) >= levels.indexOf(need)
  if (!isEnough) return 'scope_missing'
  return isOwn && level !== 'manage' ? 'forbidden' : 'in'
}

describe('an API key', () => {
  let system: TestSystem
  beforeAll(async () => {
    system = await startForTest(makeSqlite)
    for (const owner of ['anna', 'ben']) await system.tokenOf(owner)
  })
  afterAll(() => system.close())

  async function make(as: string, ...scopes: string[]): Promise<CreatedApiKey> {
    const body = { name: scopes.join(' '), scopes }
    const answer = await system.send('POST', '/api/api_keys', { as, body })
    return (await answer.json()) as CreatedApiKey
  }

  async function knock({ method, path }: Operation, { key }: CreatedApiKey) {
    const headers = { authorization: `Bearer ${key}` }
    const answer = await system.send(method, path, { as: null, headers })
    const { status } = answer
    const challenge = answer.headers.get('www-authenticate')
    if (status === 403) return { status, challenge, ...((await answer.json()) as { code: string }) }
    // Streams of events never end.
    await answer.body?.cancel()
    return { status, challenge, code: '' }
  }

  it('needs the rights listed by hand in this test', () => {
    const found = operations.filter(({ id }) => id in known).map(({ id, need }) => [id, need])
    expect(Object.fromEntries(found)).toEqual(known)
  })

  it('opens exactly what its scopes allow', async () => {
    const found: Record<string, string> = {}
    const wanted: Record<string, string> = {}
    for (const scope of scopes) {
      // Nobody has as many keys as there are scopes.
      const key = await make('admin', scope)
      for (const operation of operations.filter(({ need }) => need !== 'a service')) {
        const { status, code, challenge } = await knock(operation, key)
        const name = `${operation.id} with ${scope}`
        found[name] = status === 403 ? code : status === 401 ? 'token_invalid' : 'in'
        wanted[name] = toExpected(operation, scope)
        if (code !== 'scope_missing') continue
        expect(challenge).toContain(`scope="${operation.service}:${operation.need}"`)
      }
      await system.send('DELETE', `/api/api_keys/${key.id}`)
    }
    expect(found).toEqual(wanted)
    expect(Object.values(wanted).filter((answer) => answer === 'in').length).toBeGreaterThan(300)
  })

  it('opens no internal operations', async () => {
    const key = await make('admin', 'manage')
    for (const operation of operations.filter(({ need }) => need === 'a service')) {
      expect([operation.id, (await knock(operation, key)).status]).toEqual([operation.id, 403])
    }
  })

  it('without `manage` acts as a member, even if an administrator created it', async () => {
    const car = await system.send('POST', '/api/cars', { body: { name: 'Of the members' } })
    const { id } = (await car.json()) as { id: string }
    const span = { from_datetime: '2090-03-02T09:00:00Z', to_datetime: '2090-03-02T10:00:00Z' }
    const path = `/api/cars/${id}/allocations`
    const answer = await system.send('POST', path, { as: 'anna', body: span })
    const { id: booking } = (await answer.json()) as { id: string }
    const release = async ({ key }: CreatedApiKey) => {
      const headers = { authorization: `Bearer ${key}` }
      return (await system.send('DELETE', `${path}/${booking}`, { as: null, headers })).status
    }
    expect(await release(await make('admin', 'book'))).toBe(403)
    expect(await release(await make('admin', 'read', 'books:manage'))).toBe(403)
    expect(await release(await make('ben', 'manage'))).toBe(403)
    expect(await release(await make('admin', 'read', 'inventory:manage'))).toBe(204)
  })

  it('with `manage` makes no administrator of a member', async () => {
    const key = await make('ben', 'manage')
    for (const operation of operations.filter(({ need }) => need === 'manage')) {
      const { status, code } = await knock(operation, key)
      expect([operation.id, status, code]).toEqual([operation.id, 403, 'forbidden'])
    }
  })

  it('does not open the metrics of an exposed gateway', async () => {
    const exposed = await startForTest(makeSqlite, {
      environment: { TRUSTED_PROXIES: '10.0.0.0/8' },
    })
    const body = { name: 'metrics', scopes: ['manage'] }
    const made = await exposed.send('POST', '/api/api_keys', { body })
    const { key } = (await made.json()) as CreatedApiKey
    const url = listenForTest(exposed.app)
    const read = (token: string) =>
      fetch(`${url}/metrics`, {
        headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': '203.0.113.9' },
      })
    expect((await read(key)).status).toBe(403)
    expect((await read(await exposed.tokenOf('admin'))).status).toBe(200)
    await exposed.app.stop(true)
    await exposed.close()
  })
})
