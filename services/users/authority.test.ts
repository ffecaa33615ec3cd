import { Elysia } from 'elysia'
import { beforeEach, describe, expect, it } from 'bun:test'
import { toServiceCaller } from '../../shared/access.ts'
import { createClient } from '../../shared/host/client.ts'
import type { SecurityRow } from '../../shared/host/security-recorder.ts'
import type { UsersApi } from './index.ts'
import { authority, removedUsers, securityKeeper } from './authority.ts'

const asked: unknown[] = []
let status = 200

/** A users service that answers anything alike. */
const app = new Elysia().all('/*', async ({ request, body }) => {
  const { pathname, search } = new URL(request.url)
  asked.push([request.method, pathname + search, ...(body ? [body] : [])])
  return Response.json({ from: 'users' }, { status })
})
const clientOf = (name = 'files') =>
  createClient<UsersApi>(app, {
    timeout_ms: 1000,
    caller: toServiceCaller(name),
    signToken: async () => '',
  })
const messageOf = (work: Promise<unknown>) => work.catch((error: Error) => error.message)
const failed = (code: number) => `The users service answered ${code}`

beforeEach(() => {
  asked.length = 0
  status = 200
})

describe('what a process learns from users', () => {
  const { fetchKeys, fetchEnded, fetchApiKey } = authority(clientOf)
  const removed = removedUsers(clientOf)
  const found = { from: 'users' } as never

  it('are the keys, the ended logins and the removed accounts since a position', async () => {
    const learned = [
      await fetchKeys(),
      await fetchEnded(undefined),
      await fetchEnded('1.2'),
      await removed(undefined),
      await removed('3.4'),
      await fetchApiKey('abc'),
    ]
    expect(learned).toEqual(learned.map(() => found))
    expect(asked).toEqual([
      ['GET', '/.well-known/jwks.json'],
      ['GET', '/api/logins/ended'],
      ['GET', '/api/logins/ended?after=1.2'],
      ['GET', '/api/users/removed'],
      ['GET', '/api/users/removed?after=3.4'],
      ['POST', '/api/api_keys/owner', { key_hash: 'abc' }],
    ])
  })

  it('is nothing that users refuses; an unknown API key has no owner', async () => {
    status = 404
    expect(await fetchApiKey('abc')).toBeUndefined()
    const ask = [fetchKeys, () => fetchEnded('1.2'), () => removed('3.4')]
    for (status of [404, 500]) {
      for (const one of ask) expect(await messageOf(one())).toBe(failed(status))
    }
    expect(await messageOf(fetchApiKey('abc'))).toBe(failed(500))
  })
})

describe('security events of others', () => {
  const row = (kind: string) => ({ kind, id: kind }) as unknown as SecurityRow

  it('are sent as each of their services, those of one together', async () => {
    const owners: unknown[] = []
    const keep = securityKeeper((owner) => {
      owners.push(owner)
      return clientOf(owner)
    })
    const kinds = ['webhook_created', 'calendar_created', 'forbidden', 'webhook_removed']
    const [webhook, calendar, refusal, gone] = kinds.map(row)
    await keep([webhook, calendar, refusal, gone].flatMap((one) => one ?? []))
    expect(owners).toEqual(['notifications', 'bookings', undefined])
    const path = '/api/security_events/report'
    const sent = [[webhook, gone], [calendar], [refusal]]
    expect(asked).toEqual(sent.map((events) => ['POST', path, { events }]))
    status = 503
    expect(await messageOf(keep([row('forbidden')]))).toBe(failed(503))
  })
})
