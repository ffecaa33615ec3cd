import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Access } from '../shared/access.ts'
import type { UsersApi } from './users/index.ts'
import document from './openapi.json'
import { makeSqlite } from '../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from './testing/system.ts'

/**
 * Who may do what, by operation; written by hand, so that a route which opens by mistake is
 * noticed. What is not named here is for members.
 */
const rules: [Rule, RegExp][] = [
  ['anonymous', /^signUp$/],
  ['public', /^(pingUsers|getSignUp|logIn|refreshToken|logOut|listKeys|listResourceTypes)$/],
  ['public', /^(listRatingSummaries|getBookRatings)$/],
  ['public', /^(check|accept|request)Invitation$|^(requestPasswordReset|setPassword)$/],
  ['public', /^(confirmAddress|refuseAddressChange)$/],
  ['public', /^(listSignInProviders|beginSignIn|completeSignIn(WithCode)?)$/],
  ['admin', /^((list|create|get|change|remove)IdentityProviders?|disconnectUser)$/],
  ['public', /^(beginPasskeyLogin|logInWithPasskey)$/],
  ['admin', /^(createInvitation|(list|revoke|renew)Invitations?|createPasswordLink)$/],
  ['self', /^(get|change|remove)User$|^(getHoldings|releaseBookings)$/],
  ['admin', /^handOver$/],
  ['admin', /^(list|export)SecurityEvents$|^resetSecondFactor$/],
  ['admin', /^(listUsers|logOutUser|rotateSigningKey|revokeSigningKeys|auditAllocations)$/],
  ['admin', /^(create|change|decommission)(Car|Lorry|Truck|Runway|Launchpad|Resource)$/],
  ['admin', /^(create|change|delete)Group$/],
  ['owner', /^(set|remove)GroupMember$/],
  ['owner', /^(get|change|cancel|approve|reject|checkOut|return|extend)Booking$/],
  ['owner', /^(get|change|decide|cancel)BookingSeries$|^createOccurrence$/],
  ['admin', /^readClosedDays$/],
  ['admin', /Webhook/],
  ['admin', /^(create|end|try)Policy$|^auditBookings$/],
  ['admin', /^((create|get|change|delete)ResourceType|returnResource|withdrawResource)$/],
  ['admin', /^(create|replace|change|delete)Course$|^getJudge$/],
  ['owner', /^((create|change|delete|regrade)Exercise)$/],
  ['owner', /^(change|release)(Car|Lorry|Truck|Runway|Launchpad|Resource)Allocation$/],
  ['owner', /^(confirm|extend|release)Allocation$/],
  ['owner', /^(getWaitlistEntry|leaveWaitlist)$/],
  ['owner', /^removeBook$/],
  ['owner', /^((get|change|delete|download)File|createFileLink)$/],
  ['owner', /^(appendToUpload|getUploadOffset|deleteUpload)$/],
  ['public', /^(downloadByLink|describeUploads)$/],
  [
    'service',
    /^(get(Booking|Booked|File)Holdings|handOver(Bookings|Booked|Files)|releaseBook(ed|ingsOf))$/,
  ],
  ['service', /^(listEndedLogins|listRemovedUsers|lookUp(Users|Groups))$/],
  ['service', /^(listRatingChanges|findApiKeyOwner|reportSecurityEvents)$/],
  ['service', /^readCalendarEntries$/],
  [
    'service',
    /^(list(Booking|Inventory|Score|File)Events|listDueBookings|find(Recipients|Deciders))$/,
  ],
  ['service', /^(nameResources|getCalendarEntry)$/],
  ['owner', /^(list|add|remove)BookingFiles?$/],
  ['admin', /^((get|change)NotificationDefaults|listMailTemplates|previewMail|takeBounce)$/],
  ['public', /^(askToU|u)nsubscribe$/],
  ['public', /^(readCalendar|readDisplay)$/],
  ['owner', /^exportBooking$/],
  ['owner', /^((get|correct)Handover|listCorrections|listHandoverPhotos)$/],
  ['service', /^((pin|link)Files|(listUnreviewed|review)Pins)$/],
  ['service', /^(pinPhoto|linkPhotos|judgeManager)$/],
  ['owner', /^setResourcePhoto$/],
  ['service', /^\w+Reservations?$/],
]

type Rule = Exclude<Access, object>
type Sender = 'nobody' | 'expired' | 'a member' | 'an administrator' | 'a service'

/** Who gets past the door, by rule: what is answered behind it is another matter. */
const doors: Record<Rule, Record<Sender, 'in' | 401 | 403>> = {
  public: all('in'),
  anonymous: { ...all('in'), expired: 401 },
  member: { ...all('in'), nobody: 401, expired: 401 },
  owner: { ...all('in'), nobody: 401, expired: 401 },
  // The path names somebody else.
  self: { ...all('in'), nobody: 401, expired: 401, 'a member': 403 },
  admin: { ...all('in'), nobody: 401, expired: 401, 'a member': 403 },
  service: { ...all(403), nobody: 401, expired: 401, 'a service': 'in' },
}
// A service may do what no user may, and nothing else.
for (const rule of ['member', 'owner', 'self', 'admin'] as const) doors[rule]['a service'] = 403

function all<T>(answer: T): Record<Sender, T> {
  return {
    nobody: answer,
    expired: answer,
    'a member': answer,
    'an administrator': answer,
    'a service': answer,
  }
}

// What only one service may use, beside those that books may.
const callers: [string, RegExp][] = [
  ['ratings', /^lookUpUsers$/],
  ['inventory', /^(lookUpGroups|pinPhoto|linkPhotos|judgeManager)$/],
  ['bookings', /^readCalendarEntries$/],
  ['notifications', /^(list(Booking|Inventory|Score|File)Events|listDueBookings)$/],
  ['notifications', /^(nameResources|getCalendarEntry|find(Recipients|Deciders))$/],
  ['bookings', /^\w+Reservations?$/],
  ['bookings', /^((pin|link)Files|(listUnreviewed|review)Pins)$/],
  [
    'users',
    /^(get(Booking|Booked|File)Holdings|handOver(Bookings|Booked|Files)|releaseBook(ed|ingsOf))$/,
  ],
]

// Names nothing that exists, so that access changes nothing.
const nowhere = '01a1fe45-0000-7000-8000-000000000000'

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    id: operation.operationId,
    method: method.toUpperCase(),
    path: path.replace(/{\w+}/g, nowhere),
    service: operation.tags[0] ?? '',
    declared: operation['x-access'],
    rule: rules.find(([, pattern]) => pattern.test(operation.operationId))?.[0] ?? 'member',
  })),
)

describe('access', () => {
  let system: TestSystem
  let headers: Record<Sender, Record<string, string>>
  let now = Date.parse('2027-01-01T00:00:00Z')

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'campus-access-'))
    const remove = () => rm(folder, { recursive: true, force: true })
    const url = `sqlite:${folder}/{service}.sqlite`
    system = await startForTest(async () => ({ url, remove }), { clock: () => now })
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    const expired = bearer(await system.tokenOf('olga'))
    // What was verified once is remembered, and ends all the same.
    expect((await system.send('GET', '/api/users/me', { as: 'olga' })).status).toBe(200)
    now += 15 * 60_000
    headers = {
      nobody: {},
      expired,
      'a member': bearer(await system.tokenOf('anna')),
      'an administrator': await asAdministrator(system),
      'a service': { 'x-service-token': await system.signServiceToken() },
    }
  })
  afterAll(() => system.close())

  it('is declared as this test has it, on every operation', () => {
    const declared = Object.fromEntries(operations.map(({ id, declared }) => [id, declared]))
    const expected = Object.fromEntries(operations.map(({ id, rule }) => [id, rule]))
    expect(declared).toEqual(expected)
  })

  for (const { id, method, path, rule, service } of operations) {
    it(`to ${id} is for ${rule}`, async () => {
      headers['an administrator'] = await asAdministrator(system)
      for (const [sender, answer] of Object.entries(doors[rule])) {
        const [caller] = callers.find(([, pattern]) => pattern.test(id)) ?? []
        const isNamed = sender === 'a service' && caller !== undefined
        const given = isNamed
          ? { 'x-service-token': await system.signServiceToken(caller, service) }
          : headers[sender as Sender]
        const response = await system.send(method, path, { as: null, headers: given })
        const { status } = response
        const refused = refusal(status) > 0 ? await response.text() : ''
        if (!response.bodyUsed) await response.body?.cancel()
        // Who may is in, and then asked for the password.
        if (answer === 'in')
          expect([sender, refused.replace(/.*"current_password_wrong".*/, '')]).toEqual([
            sender,
            '',
          ])
        else expect([sender, status]).toEqual([sender, answer])
        expect([sender, response.headers.get('x-content-type-options')]).toEqual([
          sender,
          'nosniff',
        ])
        expect(response.headers.get('strict-transport-security')).toBeNull()
        if (rule === 'public') continue
        // The response, even a refusal, is for the caller only.
        const cache = response.headers.get('cache-control')
        expect([sender, cache]).toEqual([
          sender,
          expect.stringMatching(/^(no-store|private, no-cache)$/),
        ])
        expect(response.headers.get('vary')).toContain('authorization')
      }
    })
  }
})

describe("a caller's response", () => {
  const origin = 'https://app.example'
  let system: TestSystem
  beforeAll(async () => {
    system = await startForTest(makeSqlite, { environment: { CORS_ORIGINS: origin } })
  })
  afterAll(() => system.close())
  const varyOf = async (headers: Record<string, string>) => {
    const answer = await system.send('GET', '/api/cars', { headers })
    return answer.headers.get('vary')?.toLowerCase().split(/,\s*/)
  }

  it('varies by caller, and by origin where that matters', async () => {
    expect(await varyOf({ origin })).toEqual(['origin', 'authorization', 'accept-encoding'])
    const plain = await startForTest(makeSqlite)
    const answer = await plain.send('GET', '/api/cars')
    expect(answer.headers.get('vary')).toBe('authorization, accept-encoding')
    await plain.close()
  })

  it('does not vary for operational endpoints, which need no token', async () => {
    const users = system.client<UsersApi>().api
    expect((await users.logins.ended.get({ query: {} })).status).toBe(200)
    const { data } = await users.users.get({ query: {} })
    const [admin] = data ?? []
    expect((await users.users({ id: admin?.id ?? '' }).get()).data?.username).toBe('admin')
  })
})

// One of the operations ends all of their logins.
async function asAdministrator(system: TestSystem): Promise<Record<string, string>> {
  await system.send('GET', '/api/users/me')
  return { authorization: `Bearer ${await system.tokenOf('admin')}` }
}

function refusal(status: number): number {
  return status === 401 || status === 403 ? status : 0
}
