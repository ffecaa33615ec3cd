import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import type { OpenApiDocument } from '../shared/host/document.ts'
import { describeStores, type MakeDatabase } from '../shared/testing/describe-stores.ts'
import type { Answer, CheckedOperation } from './testing/document-check.ts'
import { bytes, extras } from './testing/document-extras.ts'
import { createWalk, type Sending, type Walk } from './testing/document-walk.ts'
import { walkBookings } from './testing/document-requests.ts'
import { checkEvents } from './testing/document-events.ts'
import { learnPlaces, makeLinks } from './testing/document-links.ts'
import { passkeyExtras, walkPasskeys } from './testing/document-passkey.ts'
import { makeSignIns } from './testing/document-sign-in.ts'
import { startForTest, testPassword } from './testing/system.ts'
import { codeOf } from './testing/authenticator-app.ts'

setDefaultTimeout(120_000)

// These end what the walk goes on with, or need what it has ended.
const last = /^(?:revokeSigningKeys|logOutEverywhere|endLogin|logOut|refreshToken|return.*)$/
// These are walked through apart.
const steps = 'confirm|extend|release|approve|reject|checkOut|return'
const own = '[gd]eBookingS|eMe$|^readNotification$'
const apart = new RegExp(`Factor$|Codes$|Passkey|Occur|${own}|^corr|^(${steps})(Al|Bo.*g$)`)

async function startWalk(makeDatabase: MakeDatabase, own = {}) {
  // High enough not to be met; there, so that responses say so.
  const limits = {
    USER_LIMIT_PER_MINUTE: '600000',
    ADDRESS_LIMIT_PER_MINUTE: '600000',
    SIGN_UP: 'domain',
    SIGN_UP_DOMAINS: 'example.org',
    ...own,
  }
  const system = await startForTest(makeDatabase, { environment: limits })
  onTestFinished(system.close)
  const response = await system.send('GET', '/swagger/json', { as: null })
  const links = await makeLinks(system)
  const signIns = await makeSignIns(system)
  onTestFinished(signIns.close)
  const document = (await response.json()) as OpenApiDocument
  const all = { ...extras, ...links, ...signIns.extras, ...passkeyExtras }
  const { disconnects } = signIns
  return { ...createWalk(system, document, all), disconnects, logged: system.logged }
}

// Makes all that can be made, what is inside of it last.
async function makeAll(walk: Walk): Promise<void> {
  const makers = walk.operations.filter(
    ({ method, responses, id }) => method === 'POST' && responses[201] && !apart.test(id),
  )
  // What has no place of its own is made of what has one.
  const rank = (it: CheckedOperation) =>
    depth(it) +
    (it.responses[201]?.headers?.['location'] ? 0 : 100) +
    // What is booked is made first.
    (it.id.startsWith('createBooking') ? 50 : 0)
  for (const maker of makers.toSorted((a, b) => rank(a) - rank(b))) {
    const hasKey = maker.parameters.some(({ name }) => name === 'idempotency-key')
    const headers = { ...(hasKey && { 'idempotency-key': `walk-${maker.id}` }) }
    const made = await walk.send(maker, { headers })
    expect([maker.id, made.status, made.body]).toEqual([maker.id, 201, expect.anything()])
    const location = made.headers.get('location')
    const template = location === null ? undefined : walk.learn(location)
    if (template !== undefined)
      await requireSame(walk, template, { ...made, as: extras[maker.id]?.as })
    if (!hasKey) continue
    const again = await walk.send(maker, { headers })
    expect([maker.id, again.body]).toEqual([maker.id, made.body])
    expect([maker.id, again.headers.get('idempotent-replayed')]).toEqual([maker.id, 'true'])
  }
}

type Made = Awaited<ReturnType<Walk['send']>> & { as: string | null | undefined }

/** What was answered is what is there. */
async function requireSame(walk: Walk, template: string, made: Made): Promise<void> {
  const reader = walk.find('GET', template)
  if (!reader) return
  const found = await walk.send(reader, made.as === undefined ? {} : { as: made.as })
  expect([template, found.status]).toEqual([template, 200])
  // The address of a calendar leads to the calendar.
  if (typeof found.body !== 'object') return
  expect(found.body).toMatchObject(walk.toKept(made.body))
  expect([template, versionOf(found)]).toEqual([template, versionOf(made)])
}

async function readAll(walk: Walk): Promise<void> {
  const readers = walk.operations.filter(({ method }) => /^(?:GET|HEAD|OPTIONS)$/.test(method))
  for (const reader of readers.toSorted((a, b) => depth(a) - depth(b))) {
    const isList = reader.parameters.some(({ name }) => name === 'limit')
    const query = [extras[reader.id]?.query, isList && 'limit=1'].filter(Boolean).join('&')
    const found = await walk.send(reader, { query })
    const [first] = Array.isArray(found.body) ? (found.body as { id?: unknown }[]) : []
    const isNew = walk.pathOf(`${reader.template}/{id}`) === undefined
    if (isNew && first?.id) walk.learn(`${walk.pathOf(reader.template)}/${String(first.id)}`)
  }
}

async function changeAll(walk: Walk): Promise<void> {
  for (const change of walk.operations.filter(
    ({ method, id }) => /^(?:PATCH|PUT)$/.test(method) && !apart.test(id),
  )) {
    const reader = walk.find('GET', change.template)
    const before = reader && (await walk.send(reader))
    await requireIfMatch(walk, change)
    const headers = before?.headers.has('etag')
      ? { 'if-match': before.headers.get('etag') ?? '' }
      : undefined
    const changed = await walk.send(change, headers && { headers })
    requireDone(change, changed)
    if (!reader) continue
    const after = await walk.send(reader)
    expect(after.body).toMatchObject(change.example as object)
    if (changed.status === 200) {
      expect(after.body).toMatchObject(changed.body as object)
      expect([change.id, versionOf(after)]).toEqual([change.id, versionOf(changed)])
    }
  }
}

// A book is read with its ratings, and changed without.
const versionOf = ({ headers }: { headers: Headers }) => headers.get('etag')?.split('-')[0]

async function requireIfMatch(walk: Walk, { ...operation }: CheckedOperation): Promise<void> {
  if (!operation.parameters.some(({ name }) => name === 'if-match')) return
  const { status } = await walk.send(operation, { headers: { 'if-match': '"another"' } })
  expect([operation.id, status]).toEqual([operation.id, 412])
}

async function doAll(walk: Walk): Promise<void> {
  const rest = walk.operations.filter(
    ({ method, responses, id }) =>
      method === 'POST' && !responses[201] && !last.test(id) && !apart.test(id),
  )
  for (const operation of rest) requireDone(operation, await walk.send(operation))
}

async function doHold(walk: Walk): Promise<void> {
  const span = { from_datetime: '2027-05-01T00:00:00Z', to_datetime: '2027-05-02T00:00:00Z' }
  const body = { items: [{ type: 'Car' }], ...span, hold_for: 'PT15M' }
  const held = (await send(walk, 'allocateMany', { body })).body as {
    allocations: { id: string }[]
  }
  walk.learn(`/api/allocations/${held.allocations[0]?.id}/confirm`)
  for (const id of ['extendAllocation', 'confirmAllocation', 'releaseAllocation']) {
    requireDone({ id }, await send(walk, id))
  }
  const versions = await send(walk, 'listAllocationVersions')
  expect(versions.body).toMatchObject(
    ['extended', 'confirmed', 'released'].map((change) => ({ change })),
  )
}

async function doFactor(walk: Walk): Promise<void> {
  const logIn = await send(walk, 'logIn')
  const { access_token } = logIn.body as { access_token: string }
  const own = { as: null, headers: { authorization: `Bearer ${access_token}` } }
  const me = (await send(walk, 'getMe', own)).body as { id: string }
  walk.learn(`/api/users/${me.id}`)
  const begun = await send(walk, 'beginSecondFactor', own)
  const { secret } = begun.body as { secret: string }
  const code = codeOf(secret)
  requireDone({ id: 'on' }, await send(walk, 'confirmSecondFactor', { ...own, body: { code } }))
  for (const id of ['renewRecoveryCodes', 'turnOffSecondFactor', 'beginSecondFactor']) {
    requireDone({ id }, await send(walk, id, own))
  }
  requireDone({ id: 'reset' }, await send(walk, 'resetSecondFactor'))
}

async function removeAll(walk: Walk): Promise<void> {
  const removers = walk.operations.filter(
    ({ method, id }) => method === 'DELETE' && !last.test(id) && !apart.test(id),
  )
  for (const remover of removers.toSorted((a, b) => depth(b) - depth(a))) {
    await requireIfMatch(walk, remover)
    const removed = await walk.send(remover)
    requireDone(remover, removed)
  }
}

// What is answered to who asks for a part, or has it already.
async function readParts(walk: Walk): Promise<void> {
  const [rest, whole] = [bytes.slice(4), await send(walk, 'downloadFile')]
  const etag = whole.headers.get('etag') ?? ''
  const part = await send(walk, 'downloadFile', { headers: { range: 'bytes=0-3' } })
  const same = await send(walk, 'downloadFile', { headers: { 'if-none-match': etag } })
  const none = await send(walk, 'downloadFile', { headers: { range: 'bytes=999-' } })
  expect([whole.body, part.body]).toEqual([bytes, bytes.slice(0, 4)])
  expect([part.status, same.status, none.status]).toEqual([206, 304, 416])
  const headers = { ...extras['appendToUpload']?.headers, 'upload-offset': '4' }
  requireDone({ id: 'append' }, await send(walk, 'appendToUpload', { body: rest, headers }))
}

// What ends logins, with tokens of one that nobody needs.
async function endAll(walk: Walk): Promise<void> {
  const credentials = { username: 'admin', password: testPassword }
  const logIn = await send(walk, 'logIn', { body: credentials })
  const { body } = await send(walk, 'refreshToken', { body: toRefresh(logIn) })
  requireDone({ id: 'logOut' }, await send(walk, 'logOut', { body: toRefresh({ body }) }))
  await send(walk, 'returnResource')
  for (const id of ['endLogin', 'logOutEverywhere', 'revokeSigningKeys']) {
    requireDone({ id }, await send(walk, id))
  }
}

function send(walk: Walk, id: string, options?: Sending): Promise<Answer> {
  const operation = walk.operations.find((it) => it.id === id)
  if (!operation) throw new Error(`There is no ${id}`)
  return walk.send(operation, options)
}

function toRefresh({ body }: { body: unknown }): unknown {
  return { refresh_token: (body as { refresh_token: string }).refresh_token }
}

async function refuseAll(walk: Walk): Promise<void> {
  for (const operation of walk.operations) {
    const { status } = await walk.send(operation, { as: null })
    if (operation.access === 'public' || operation.access === 'anonymous') continue
    expect([operation.id, status]).toEqual([operation.id, 401])
  }
}

function requireDone({ id }: { id: string }, { status, body }: Answer): void {
  expect([id, status, status < 300 ? 'done' : body]).toEqual([id, status, 'done'])
}

function depth({ template }: CheckedOperation): number {
  return template.split('/').length
}

describeStores('the document, verified by requests', (makeDatabase) => {
  it('matches all responses, and its own examples are accepted', async () => {
    const walk = await startWalk(makeDatabase)
    await makeAll(walk)
    await learnPlaces(walk)
    await readAll(walk)
    await changeAll(walk)
    await readParts(walk)
    await doAll(walk)
    await doHold(walk)
    await walkBookings(walk)
    await doFactor(walk)
    await walkPasskeys(walk)
    await refuseAll(walk)
    walk.learn(walk.disconnects)
    await removeAll(walk)
    await endAll(walk)
    await checkEvents(walk)
    expect(walk.faults).toEqual([])
    const missed = walk.operations.filter(({ id }) => !walk.reached.has(id)).map(({ id }) => id)
    expect(missed).toEqual([])
    expect(walk.secrets.count()).toBeGreaterThan(50)
    expect(walk.secrets.listIn(walk.logged())).toEqual([])
    // Within the limits; see the test below.
    expect(walk.unsent()).toEqual(['ratelimit', 'ratelimit-policy', 'retry-after'])
  })

  it('matches the response to too many requests', async () => {
    const walk = await startWalk(makeDatabase, { USER_LIMIT_PER_MINUTE: '60' })
    const answers = []
    for (let at = 0; at < 70; at++) answers.push(await send(walk, 'listCars'))
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(walk.faults).toEqual([])
    expect(walk.unsent()).not.toContain('retry-after')
  })
})
