import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { makePostgres, makeSqlite } from '../shared/testing/describe-stores.ts'
import { moveTo, prepare, run, upload } from './testing/command.ts'
import { callOf, fillSystem, listOf, odd, span } from './testing/full-system.ts'
import { startSystem } from '../scripts/harness/run-system.ts'

setDefaultTimeout(240_000)

const types = ['cars', 'lorries', 'trucks', 'runways', 'launchpads']

it('a system on SQLite moves to PostgreSQL unchanged, and continues there', async () => {
  const { folder, environment } = await prepare(makeSqlite)
  const small = await startSystem({ environment: { ...environment, SAMPLE_DATA: 'true' } })
  onTestFinished(small.kill)
  await fillSystem(small.url)
  await upload(small.url, odd)
  const before = await readEverything(small.url)
  await small.stop()
  expect(await run('backup', [folder], environment)).toEqual([0, ''])

  const target = await moveTo(makePostgres, environment)
  expect(await run('restore', [folder], target)).toEqual([0, ''])
  const large = await startSystem({ environment: target })
  onTestFinished(large.kill)
  const after = await readEverything(large.url)
  expect(Object.keys(after)).toEqual(Object.keys(before))
  for (const [path, answer] of Object.entries(before))
    expect([path, after[path]]).toEqual([path, answer])
  // All of it was worth comparing.
  const seen = Object.values(before).join()
  for (const text of [
    'Moby-Dick',
    'Sum of two',
    'reader0@example.org',
    'to_infinity',
    '"value":9',
  ]) {
    expect(seen).toContain(text)
  }
  expect(seen.split(JSON.stringify(odd).slice(1, -1)).length).toBeGreaterThan(4)

  // Rules and counters hold: booked times are taken, and new rows get new numbers.
  const call = callOf(large.url)
  const [car] = (await call('GET', '/api/cars')).body as { id: string }[]
  const taken = await call('POST', `/api/cars/${car?.id}/allocations`, span(1))
  expect(taken).toMatchObject({ status: 409, body: { code: 'allocation_overlap' } })
  await fillSystem(large.url, ' of the second start')
  const { body } = await call('GET', '/api/allocations/audit')
  expect(body).toMatchObject({ overlaps: 0, constraint: true })
})

/** An administrator's view, by path. */
async function readEverything(url: string): Promise<Record<string, string>> {
  const call = callOf(url)
  const answers: Record<string, string> = {}
  const read = async (path: string) => {
    const { status, body, answer } = await call('GET', path)
    expect([path, status]).toEqual([path, 200])
    const text = JSON.stringify([body, answer.headers.get('etag'), answer.headers.get('link')])
    answers[path] = text.replaceAll(url, '')
    return listOf(body)
  }
  for (const path of [
    'users',
    'files/usage',
    'books/export',
    'allocations/audit',
    'ratings?book_ids=1,2,3,41',
  ]) {
    await read(`/api/${path}`)
  }
  for (const type of types) {
    for (const { id } of await read(`/api/${type}?limit=200`)) {
      await read(`/api/${type}/${id}`)
      for (const allocation of await read(`/api/${type}/${id}/allocations`)) {
        await read(`/api/${type}/${id}/allocations/${allocation.id ?? allocation.allocation_id}`)
      }
    }
  }
  for (const sort of ['title', 'rating']) await read(`/api/books?limit=200&sort=${sort}`)
  await read(`/api/books?q=${encodeURIComponent('война')}`)
  for (const { id } of await read('/api/books?limit=200')) await read(`/api/books/${id}`)
  for (const { file_hash } of await read('/api/files?limit=200')) {
    await read(`/api/files/${file_hash}`)
    await read(`/api/files/${file_hash}/content`)
  }
  for (const { code } of await read('/api/courses')) {
    await read(`/api/courses/${code}/scores`)
    for (const { id } of await read(`/api/courses/${code}/exercises`)) {
      const path = `/api/courses/${code}/exercises/${id}`
      await read(path)
      for (const submission of await read(`${path}/submissions`))
        await read(`${path}/submissions/${submission.id}`)
    }
  }
  return answers
}
