import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { CreatedApiKey } from '../../shared/schemas/api-key.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import document from '../openapi.json'
import type { SendOptions } from '../testing/system.ts'
import { receive } from './fixture.ts'
import { useVisibility, type Subject } from './testing/visibility-fixture.ts'
import { nowhere, rowOf, rows, span } from './testing/visibility-rows.ts'

setDefaultTimeout(120_000)

const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
  Object.entries(methods)
    .filter(([, { tags }]) => tags.includes('inventory'))
    .map(([method, { operationId: id, 'x-access': access }]) => {
      return { id, access, method: method.toUpperCase(), template }
    }),
)

it('has exactly one row for every operation of inventory', () => {
  const matching = (id: string) => rows.filter(({ pattern }) => pattern.test(id)).length
  expect(operations.filter(({ id }) => matching(id) !== 1).map(({ id }) => id)).toEqual([])
  const doors = new Map([
    ['administrators', 'admin'],
    ['services', 'service'],
  ])
  const open = operations.filter(({ id, access }) => {
    const door = doors.get(rowOf(id)?.kind ?? '')
    return door !== undefined && access !== door
  })
  expect(open).toEqual([])
})

type Operation = (typeof operations)[number]

describeStores('a resource visible to a group only', (makeDatabase) => {
  const { system, addSubject, join } = useVisibility(makeDatabase)
  let key: Record<string, string>
  beforeAll(async () => {
    await join('inside')
    const body = { name: 'a script', scopes: ['read', 'inventory:book'] }
    const made = await system().send('POST', '/api/api_keys', { as: 'outside', body })
    key = { authorization: `Bearer ${((await made.json()) as CreatedApiKey).key}` }
  }, 60_000)

  const outsiders = (): [string, SendOptions][] => [
    ['a member', { as: 'outside' }],
    ['an API key of a member', { as: null, headers: key }],
  ]
  const segmentOf = ({ template }: Operation) => template.split('/')[2] ?? ''
  const subjectFor = (operation: Operation) => addSubject(segmentOf(operation))

  function pathOf({ template }: Operation, subject: Subject): string {
    const isAllocation = template.startsWith('/api/allocations/')
    return template
      .replace('{id}', isAllocation ? subject.hold : subject.resource)
      .replace('{allocation_id}', subject.allocation)
  }

  /** What is answered, apart from what differs between any two answers. */
  async function answer(method: string, path: string, options: SendOptions) {
    const response = await system().send(method, path, options)
    const headers = Object.fromEntries(
      [...response.headers].filter(([name]) => !/^(date|x-request-id|ratelimit.*)$/.test(name)),
    )
    return { status: response.status, headers, text: await response.text() }
  }

  for (const operation of operations) {
    const { id, method } = operation
    const row = rowOf(id)
    if (row?.kind === 'one') {
      it(`does not exist for others: ${id}`, async () => {
        const send = (subject: Subject, options: SendOptions) => {
          const { body, query = '' } = row.asks(subject)
          return answer(method, pathOf(operation, subject) + query, {
            ...options,
            ...(body && { body }),
          })
        }
        const hidden = await subjectFor(operation)
        const missing = { ...hidden, resource: nowhere, allocation: nowhere, hold: nowhere }
        for (const [who, as] of outsiders()) {
          const got = await send(hidden, as)
          const text = [hidden.resource, hidden.allocation, hidden.hold].reduce(
            (all, each) => all.replaceAll(each, nowhere),
            got.text,
          )
          expect([who, { ...got, text }]).toEqual([who, await send(missing, as)])
          expect(got.status).toBeGreaterThanOrEqual(400)
        }
        // It is all there for those who see it.
        expect((await send(hidden, { as: 'inside' })).status).toBe(row.inside)
        const another = await subjectFor(operation)
        expect((await send(another, { as: 'admin' })).status).toBe(row.admin)
      })
    }
    if (row?.kind === 'list') {
      it(`is not revealed to others: ${id}`, async () => {
        const before = (await system().send('GET', '/api/changes?after=latest')).headers.get('link')
        const after = /after=([\w-]+)/.exec(before ?? '')?.[1] ?? ''
        const subject = await subjectFor(operation)
        for (const query of row.queries(subject, after)) {
          const path = `${operation.template}?${new URLSearchParams(query)}`
          for (const [who, as] of outsiders()) {
            const { status, text } = await answer(method, path, as)
            expect([path, who, status]).toEqual([path, who, 200])
            for (const secret of [subject.resource, subject.name, subject.allocation]) {
              expect([path, who, text]).not.toEqual([path, who, expect.stringContaining(secret)])
            }
          }
          for (const as of ['inside', 'admin']) {
            const { text } = await answer(method, path, { as })
            expect([path, as, text]).toEqual([path, as, expect.stringContaining(subject.resource)])
          }
        }
      })
    }
    if (row?.kind === 'stream') {
      it(`is not revealed to others: ${id}`, async () => {
        const [secret, open] = [await addSubject('cars'), await addSubject('cars', null)]
        const first = async (options: SendOptions) => {
          const stream = await system().send(method, operation.template, options)
          return receive(stream, 1)
        }
        const people = [...outsiders(), ['inside', { as: 'inside' }], ['admin', {}]] as const
        const streams = people.map(([, as]) => first(as))
        // They begin where they are opened.
        await Bun.sleep(500)
        for (const { resource } of [secret, open]) {
          const path = `/api/cars/${resource}/allocations`
          const body = span(18, 24)
          expect((await system().send('POST', path, { body })).status).toBe(201)
        }
        const told = (await Promise.all(streams)).map(([event]) => event?.data.resource_id)
        const expected = [open, open, secret, secret].map(({ resource }) => resource)
        expect(told).toEqual(expected)
        // Nor to those who come back.
        const headers = { 'last-event-id': (await streams[3])?.[0]?.id ?? '' }
        const resumed = await first({ as: 'outside', headers })
        expect(resumed[0]?.data.resource_id).toBe(open.resource)
      })
    }
  }
})
