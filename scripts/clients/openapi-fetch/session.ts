import assert from 'node:assert/strict'
import createClient from 'openapi-fetch'
import type { paths } from './campus.ts'

// As written by a developer with nothing but the document.
const baseUrl = process.env['CAMPUS_URL'] ?? ''
const campus = createClient<paths>({ baseUrl })
const password = 'a password of some length'
const name = `fetch-${crypto.randomUUID().slice(0, 8)}`

const signedUp = await campus.POST('/api/users', {
  body: { username: name, email: `${name}@example.org`, password },
})
assert.equal(signedUp.data?.role, 'member')

const { data: tokens } = await campus.POST('/api/login', { body: { username: name, password } })
assert(tokens)
campus.use({
  onRequest: ({ request }) => {
    request.headers.set('authorization', `Bearer ${tokens.access_token}`)
  },
})

const { data: cars = [] } = await campus.GET('/api/cars', { params: { query: { limit: 1 } } })
const [car] = cars
assert(car)

const path = { id: car.id }
const span = { from_datetime: '2031-05-01T09:00:00Z', to_datetime: '2031-05-01T10:00:00Z' }
const header = { 'idempotency-key': crypto.randomUUID() }
const booked = await campus.POST('/api/cars/{id}/allocations', {
  params: { path, header },
  body: span,
})
assert(booked.data, JSON.stringify(booked.error))
const again = await campus.POST('/api/cars/{id}/allocations', {
  params: { path, header },
  body: span,
})
assert.equal(again.data?.id, booked.data.id)
assert.equal(again.response.headers.get('idempotent-replayed'), 'true')

const refused = await campus.POST('/api/cars/{id}/allocations', { params: { path }, body: span })
assert(refused.error && 'conflicts' in refused.error)
assert.equal(refused.error.code, 'allocation_overlap')
assert.equal(refused.error.conflicts[0]?.id, booked.data.id)

// Page by page, by the `Link` header.
const titles: string[] = []
let cursor: string | undefined
do {
  const query = { limit: 3, sort: 'title' as const, ...(cursor !== undefined && { cursor }) }
  const page = await campus.GET('/api/books', { params: { query } })
  assert(page.data)
  titles.push(...page.data.map(({ title }) => title))
  const [, next] = /^<([^>]+)>; rel="next"$/.exec(page.response.headers.get('link') ?? '') ?? []
  cursor = next && (new URL(next, baseUrl).searchParams.get('cursor') ?? undefined)
} while (cursor)
assert(titles.length > 3)
assert.equal(new Set(titles).size, titles.length)

const { data: books } = await campus.GET('/api/books', { params: { query: { limit: 1 } } })
const book = books?.[0]
assert(book)
const rated = await campus.POST('/api/books/{id}/ratings', {
  params: { path: { id: book.id } },
  body: { value: 8 },
})
assert.equal(rated.data?.value, 8)

const text = 'kept by a generated client'
const form = new FormData()
form.set('upfile', new File([text], 'note.txt'))
const uploaded = await campus.POST('/api/files', {
  body: { upfile: text },
  bodySerializer: () => form,
})
assert.equal(uploaded.data?.size, text.length)
const { data: bytes } = await campus.GET('/api/files/{file_hash}/content', {
  params: { path: { file_hash: uploaded.data.file_hash } },
  parseAs: 'text',
})
assert.equal(bytes, text)

const read = await campus.GET('/api/cars/{id}/allocations/{allocation_id}', {
  params: { path: { ...path, allocation_id: booked.data.id } },
})
const released = await campus.DELETE('/api/cars/{id}/allocations/{allocation_id}', {
  params: {
    path: { ...path, allocation_id: booked.data.id },
    header: { 'if-match': read.response.headers.get('etag') ?? '' },
  },
})
assert.equal(released.response.status, 204)
