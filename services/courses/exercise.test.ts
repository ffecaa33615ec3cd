import { expect, it } from 'bun:test'
import type { Exercise } from '../../shared/schemas/course.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { exercisesMax } from './exercises.ts'
import { addition, right, useCourses } from './fixture.ts'

describeStores('exercises', (makeDatabase) => {
  const { call, addCourse, addExercise, submit, system } = useCourses(makeDatabase)

  it('stores what it is given, with sensible defaults', async () => {
    const path = `${await addCourse()}/exercises`
    const made = await call<Exercise>('POST', path, { body: addition })
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe(`${path}/${made.body.id}`)
    expect(made.body).toMatchObject({
      ...addition,
      entry: 'solve',
      starter: '',
      attempts_max: null,
      due: null,
      hidden_tests: 1,
      tests: [
        { name: 'small', args: [1, 2], expected: 3, hidden: false, weight: 1 },
        { name: 'secret', args: [31337, 4242], expected: 35_579, hidden: true, weight: 3 },
      ],
    })
    expect((await call('GET', `${path}/${made.body.id}`)).body).toEqual(made.body)
    expect((await call('GET', path)).body).toEqual([made.body])
  })

  it('shows hidden tests to administrators only', async () => {
    const exercise = await addExercise()
    const one = await call<Exercise>('GET', exercise, { as: 'anna' })
    expect(one.body.tests.map(({ name }) => name)).toEqual(['small'])
    expect(one.body.hidden_tests).toBe(1)
    const list = await call(`GET`, exercise.replace(/\/[^/]+$/, ''), { as: 'anna' })
    for (const { body } of [one, list]) {
      expect(JSON.stringify(body)).not.toMatch(/secret|31337|35579/)
    }
  })

  it('changes only given fields, and only if unchanged meanwhile', async () => {
    const exercise = await addExercise()
    const headers = { 'if-match': (await call('GET', exercise)).headers.get('etag') ?? '' }
    const body = { title: 'New', due: '2030-01-01T00:00:00Z', attempts_max: 3 }
    const changed = await call<Exercise>('PATCH', exercise, { body, headers })
    expect(changed.body).toMatchObject({ ...body, due: '2030-01-01T00:00:00.000Z' })
    expect(changed.body.prompt).toBe(addition.prompt)
    expect((await call('PATCH', exercise, { body, headers })).status).toBe(412)
    const open = { body: { due: null, attempts_max: null } }
    expect((await call('PATCH', exercise, open)).body).toMatchObject(open.body)
  })

  it('names every invalid field', async () => {
    const path = `${await addCourse()}/exercises`
    const body = {
      ...addition,
      language: 'cobol',
      entry: 'a-b',
      tests: [],
      attempts_max: 0,
      typo: 1,
    }
    const { status, body: problem } = await call<Problem>('POST', path, { body })
    expect(status).toBe(422)
    const pointers = problem.errors?.map(({ pointer }) => pointer)
    for (const field of ['language', 'entry', 'tests', 'attempts_max', 'typo']) {
      expect(pointers).toContain(`#/${field}`)
    }
    const never = { body: { ...addition, due: '2030-02-30T00:00:00Z' } }
    expect(await call('POST', path, never)).toMatchObject({ status: 422 })
    const many = Array.from({ length: 51 }, () => addition.tests[0])
    expect((await call('POST', path, { body: { ...addition, tests: many } })).status).toBe(422)
    expect((await call('GET', path)).body).toEqual([])
  })

  it('belongs to its course', async () => {
    const exercise = await addExercise()
    const elsewhere = `${await addCourse()}/exercises/${exercise.split('/').at(-1)}`
    for (const method of ['GET', 'DELETE']) {
      expect((await call(method, elsewhere)).status).toBe(404)
    }
    expect((await call('POST', '/api/courses/GHOST/exercises', { body: addition })).status).toBe(
      404,
    )
  })

  it('is removed, but with submissions only on request', async () => {
    const exercise = await addExercise()
    await submit(exercise, right)
    expect(await call('DELETE', exercise)).toMatchObject({
      status: 409,
      body: { code: 'exercise_in_use' },
    })
    expect((await call('DELETE', `${exercise}?submissions=delete`)).status).toBe(204)
    expect((await call('GET', exercise)).status).toBe(404)
  })

  it('lists page by page, in order of creation', async () => {
    const course = await addCourse()
    for (const title of ['c', 'a', 'b']) await addExercise({ title }, course)
    const seen: string[] = []
    let path: string | undefined = `${course}/exercises?limit=2`
    while (path) {
      const { body, headers }: { body: Exercise[]; headers: Headers } = await call('GET', path)
      seen.push(...body.map(({ title }) => title))
      path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(['c', 'a', 'b'])
  })

  it('is written by administrators only', async () => {
    const exercise = await addExercise()
    const collection = exercise.replace(/\/[^/]+$/, '')
    for (const [as, status] of [
      [null, 401],
      ['bert', 403],
    ] as const) {
      expect((await call('POST', collection, { body: addition, as })).status).toBe(status)
      expect((await call('PATCH', exercise, { body: { title: 'x' }, as })).status).toBe(status)
      expect((await call('DELETE', exercise, { as })).status).toBe(status)
      expect((await call('POST', `${exercise}/regrade`, { as })).status).toBe(status)
    }
    expect((await call('GET', exercise, { as: null })).status).toBe(401)
  })

  it('are at most so many in a course', async () => {
    const exercise = await addExercise()
    const [course = ''] = exercise.split('/exercises')
    const url = system().databaseUrlOf('courses')
    const id = url.startsWith('sqlite:') ? 'randomblob(16)' : 'gen_random_uuid()'
    await changeByHand(
      url,
      `INSERT INTO exercises (id, course_code, title, prompt, language, entry, starter, tests,
        attempts_max, due, created)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${exercisesMax - 2})
      SELECT ${id}, course_code, title, prompt, language, entry, starter, tests, attempts_max, due,
        created FROM exercises, n WHERE course_code = '${course.split('/').at(-1)}'`,
    )
    const add = () => call('POST', `${course}/exercises`, { body: addition })
    expect((await add()).status).toBe(201)
    expect(await add()).toMatchObject({ status: 409, body: { code: 'too_many_exercises' } })
    expect((await call('DELETE', exercise)).status).toBe(204)
    expect((await add()).status).toBe(201)
  })
})
