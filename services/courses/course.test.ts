import { expect, it } from 'bun:test'
import type { Course, CourseList } from '../../shared/schemas/course.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { right, useCourses } from './fixture.ts'

describeStores('courses', (makeDatabase) => {
  const { call, addCourse, addExercise, submit } = useCourses(makeDatabase)
  const ghost = '/api/courses/GHOST'

  it('stores what it is given, under its code', async () => {
    const body = { code: 'CSE101', name: 'Compilers', instructor: 'Grace Hopper', teachers: [] }
    const made = await call<Course>('POST', '/api/courses', { body })
    expect(made).toMatchObject({ status: 201, body })
    expect(made.headers.get('location')).toBe('/api/courses/CSE101')
    expect((await call('GET', '/api/courses/CSE101', { as: 'anna' })).body).toEqual(body)
    expect((await call<CourseList>('GET', '/api/courses')).body.courses).toContainEqual(body)
  })

  it('requires a code, unique among courses', async () => {
    for (const body of [undefined, {}, { code: '' }, { name: 'No code' }]) {
      const { status, body: problem } = await call<Problem>('POST', '/api/courses', { body })
      expect({ status, detail: problem.detail }).toEqual({
        status: 400,
        detail: 'course code must be provided',
      })
    }
    const body = { code: 'TAKEN', name: 'a', instructor: 'b' }
    const all = await Promise.all(
      Array.from({ length: 10 }, () => call('POST', '/api/courses', { body })),
    )
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 409)).toHaveLength(9)
  })

  it('refuses unknown fields, and codes that cannot be part of a path', async () => {
    for (const body of [
      { code: 'X1', teacher: 'misspelt' },
      { code: 'a/b' },
      { code: 'x'.repeat(21) },
      { code: 7 },
      { code: 'X2', name: 'n'.repeat(201) },
    ]) {
      expect((await call('POST', '/api/courses', { body })).status).toBe(422)
    }
  })

  it('replaces both, patches one or both, and names missing fields', async () => {
    const course = await addCourse()
    const put = await call('PUT', course, { body: { name: 'New', instructor: 'Other' } })
    expect(put.status).toBe(204)
    expect(put.headers.get('location')).toBe(course)
    expect((await call('PATCH', course, { body: { name: 'Newer' } })).status).toBe(204)
    expect((await call('GET', course)).body).toMatchObject({ name: 'Newer', instructor: 'Other' })
    const both = { name: 'Newest', instructor: 'Last' }
    const patched = await call('PATCH', course, { body: both })
    expect(patched.headers.get('location')).toBe(course)
    expect((await call('GET', course)).body).toMatchObject(both)
    for (const method of ['PUT', 'PATCH']) expect((await call(method, course)).status).toBe(400)
    const put400 = await call<Problem>('PUT', course, { body: { name: 'Half' } })
    expect(put400).toMatchObject({
      status: 400,
      body: { detail: "Course name and instructor's name must be provided" },
    })
    const patch400 = await call<Problem>('PATCH', course, { body: {} })
    expect(patch400).toMatchObject({
      status: 400,
      body: { detail: "Course name, instructor's name or teachers must be provided" },
    })
    expect((await call('GET', course)).body).toMatchObject(both)
  })

  it('returns 404 for an unknown course', async () => {
    const detail = 'Course code is not found in the courses'
    const body = { name: 'a', instructor: 'b' }
    for (const [method, options] of [
      ['GET', {}],
      ['PUT', { body }],
      ['PATCH', { body }],
      ['DELETE', {}],
    ] as const) {
      expect(await call(method, ghost, options)).toMatchObject({ status: 404, body: { detail } })
    }
    expect((await call('GET', `${ghost}/exercises`)).status).toBe(404)
    expect((await call('GET', `${ghost}/scores`)).status).toBe(404)
    expect((await call('GET', '/api/courses/a%20b')).status).toBe(404)
  })

  it('changes a course only if unchanged meanwhile', async () => {
    const course = await addCourse()
    const headers = { 'if-match': (await call('GET', course)).headers.get('etag') ?? '' }
    const body = { name: 'First', instructor: 'First' }
    expect((await call('PUT', course, { body, headers })).status).toBe(204)
    expect((await call('PATCH', course, { body: { name: 'Late' }, headers })).status).toBe(412)
    expect((await call('DELETE', course, { headers })).status).toBe(412)
    expect((await call('GET', course)).body).toMatchObject(body)
  })

  it('is removed with its exercises, but with submissions only on request', async () => {
    const course = await addCourse()
    const exercise = await addExercise({}, course)
    await submit(exercise, right)
    const refused = await call('DELETE', course)
    expect(refused).toMatchObject({ status: 409, body: { code: 'course_in_use' } })
    expect((await call('GET', exercise)).status).toBe(200)
    expect((await call('DELETE', `${course}?submissions=delete`)).status).toBe(204)
    expect((await call('GET', course)).status).toBe(404)
    expect((await call('GET', exercise)).status).toBe(404)
    expect((await call('DELETE', course)).status).toBe(404)
  })

  it('finds by part of a code, name or instructor, ignoring case', async () => {
    const body = { code: 'FIND1', name: 'Électricité 100% [a_b]', instructor: 'Ampère' }
    await call('POST', '/api/courses', { body })
    const find = async (text: string) => {
      const path = `/api/courses?q=${encodeURIComponent(text)}`
      return (await call<CourseList>('GET', path)).body.courses.map(({ code }) => code)
    }
    for (const text of ['find1', 'éLEC', 'AMPÈRE', '0%', 'a_b']) {
      expect(await find(text)).toEqual(['FIND1'])
    }
    for (const text of ['%zz', 'aXb', '_find', "'"]) expect(await find(text)).toEqual([])
  })

  it('lists page by page, by code, each once', async () => {
    const codes = ['pa', 'PB', 'pc', 'PD', 'pe'].map((code) => `PAGE-${code}`)
    for (const code of codes) await call('POST', '/api/courses', { body: { code } })
    const seen: string[] = []
    let path: string | undefined = '/api/courses?q=page-&limit=2'
    while (path) {
      const { body, headers }: { body: CourseList; headers: Headers } = await call('GET', path)
      seen.push(...body.courses.map(({ code }) => code))
      path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(codes.toSorted())
    expect((await call('GET', '/api/courses?cursor=forged')).status).toBe(400)
  })

  it('returns the stored response to a retry, not to another request under its key', async () => {
    const headers = { 'idempotency-key': 'course-1' }
    const body = { code: 'ONCE', name: 'Once', instructor: 'Only' }
    const first = await call('POST', '/api/courses', { body, headers })
    const again = await call('POST', '/api/courses', { body, headers })
    expect(again).toMatchObject({ status: 201, body: first.body as object })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const other = { body: { code: 'OTHER' }, headers }
    expect((await call('POST', '/api/courses', other)).status).toBe(422)
  })

  it('is read by members and written by administrators only', async () => {
    const course = await addCourse()
    const body = { code: 'MINE', name: 'a', instructor: 'b' }
    const { code: _, ...change } = body
    for (const [as, status] of [
      [null, 401],
      ['bert', 403],
    ] as const) {
      expect((await call('POST', '/api/courses', { body, as })).status).toBe(status)
      expect((await call('PUT', course, { body: change, as })).status).toBe(status)
      expect((await call('PATCH', course, { body: change, as })).status).toBe(status)
      expect((await call('DELETE', course, { as })).status).toBe(status)
      expect((await call('GET', '/api/judge', { as })).status).toBe(status)
    }
    expect((await call('GET', '/api/courses', { as: null })).status).toBe(401)
    expect((await call('GET', '/api/courses', { as: 'bert' })).status).toBe(200)
    expect((await call('GET', '/api/courses/MINE')).status).toBe(404)
  })
})
