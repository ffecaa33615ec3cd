import assert from 'node:assert/strict'
import { client } from './campus/client.gen.ts'
import {
  allocateCar,
  downloadFile,
  listBooks,
  listCars,
  logIn,
  rateListedBook,
  releaseCarAllocation,
  signUp,
  uploadFile,
} from './campus/index.ts'

// As written by a developer with nothing but the document.
const baseUrl = process.env['CAMPUS_URL'] ?? ''
client.setConfig({ baseUrl })
const password = 'a password of some length'
const username = `hey-${crypto.randomUUID().slice(0, 8)}`

const { data: user } = await signUp({
  body: { username, email: `${username}@example.org`, password },
})
assert.equal(user?.role, 'member')
const { data: tokens } = await logIn({ body: { username, password } })
client.setConfig({ auth: tokens?.access_token })

const { data: cars = [] } = await listCars({ query: { limit: 1 } })
const [car] = cars
assert(car)
const booking = {
  path: { id: car.id },
  body: { from_datetime: '2031-05-02T09:00:00Z', to_datetime: '2031-05-02T10:00:00Z' },
  headers: { 'idempotency-key': crypto.randomUUID() },
}
const { data: booked } = await allocateCar(booking)
const { data: again, response } = await allocateCar(booking)
assert(booked)
assert.equal(again?.id, booked.id)
assert.equal(response?.headers.get('idempotent-replayed'), 'true')

const { error } = await allocateCar({ ...booking, headers: {} })
assert(error && 'conflicts' in error)
assert.equal(error.code, 'allocation_overlap')
assert.equal(error.conflicts[0]?.id, booked.id)

const titles: string[] = []
let cursor: string | undefined
do {
  const { data = [], response } = await listBooks({ query: { limit: 3, cursor } })
  titles.push(...data.map(({ title }) => title))
  const [, next] = /^<([^>]+)>; rel="next"$/.exec(response?.headers.get('link') ?? '') ?? []
  cursor = next && (new URL(next, baseUrl).searchParams.get('cursor') ?? undefined)
} while (cursor)
assert(titles.length > 3)
assert.equal(new Set(titles).size, titles.length)

const { data: books = [] } = await listBooks({ query: { limit: 1 } })
const { data: rating } = await rateListedBook({
  path: { id: books[0]?.id ?? 0 },
  body: { value: 8 },
})
assert.equal(rating?.value, 8)

const text = 'kept by another generated client'
const { data: file } = await uploadFile({ body: { upfile: new File([text], 'note.txt') } })
assert.equal(file?.size, text.length)
const { data: bytes } = await downloadFile({
  path: { file_hash: file.file_hash },
  parseAs: 'text',
})
assert.equal(bytes, text)

const released = await releaseCarAllocation({ path: { id: car.id, allocation_id: booked.id } })
assert.equal(released.response?.status, 204)
