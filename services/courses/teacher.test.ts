import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Course, Exercise } from '../../shared/schemas/course.ts'
import type { MemberScores, Regrade, Submission } from '../../shared/schemas/submission.ts'
import type { User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import type { SendOptions } from '../testing/system.ts'
import { addition, right, useCourses, wrong } from './fixture.ts'

setDefaultTimeout(60_000)

describeStores('the teacher of a course', (makeDatabase) => {
  const { call, addCourse, addExercise, submit, system } = useCourses(makeDatabase)

  const idOf = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body.id

  async function name(course: string, ...names: string[]): Promise<void> {
    const teachers = await Promise.all(names.map(idOf))
    expect((await call('PATCH', course, { body: { teachers } })).status).toBe(204)
  }
  const teachersOf = async (course: string) => (await call<Course>('GET', course)).body.teachers
  const statusOf = async (method: string, path: string, options: SendOptions) =>
    (await call(method, path, options)).status

  /** What only teachers of its course may do with an exercise. */
  async function tryAll(as: string, exercise: string): Promise<number[]> {
    const [course] = exercise.split('/exercises')
    return [
      await statusOf('POST', `${course}/exercises`, { as, body: addition }),
      await statusOf('PATCH', exercise, { as, body: { title: 'Changed' } }),
      await statusOf('POST', `${exercise}/regrade?dry_run=true`, { as }),
      await statusOf('DELETE', `${exercise}?submissions=delete`, { as }),
    ]
  }

  it('writes its exercises, and sees hidden tests, scores and the code of students', async () => {
    const course = await addCourse()
    await name(course, 'berger')
    const as = 'berger'
    const made = await call<Exercise>('POST', `${course}/exercises`, { as, body: addition })
    expect(made.status).toBe(201)
    const exercise = `${course}/exercises/${made.body.id}`
    expect(made.body.tests.length).toBe(2)
    for (const [student, code] of [
      ['anna', wrong],
      ['anna', right],
      ['bert', wrong],
    ] as const)
      expect((await submit(exercise, code, { as: student })).status).toBe(201)

    const scores = await call<MemberScores[]>('GET', `${course}/scores`, { as })
    expect(scores.body.map(({ email }) => email).toSorted()).toEqual([
      'anna@test.example',
      'bert@test.example',
    ])
    const csv = await system().send('GET', `${course}/scores.csv`, { as })
    expect(await csv.text()).toContain('bert@test.example')

    const anna = await idOf('anna')
    const ofAnna = `${course}/submissions?member_id=${anna}`
    const attempts = await call<Submission[]>('GET', ofAnna, { as })
    expect(attempts.body.map(({ attempt, score }) => [attempt, score])).toEqual([
      [2, 100],
      [1, 0],
    ])
    const [last] = attempts.body
    const shown = await call<Submission>('GET', `${exercise}/submissions/${last?.id}`, { as })
    expect(shown.body).toMatchObject({ code: right, member_id: anna })
    expect((await call<Exercise>('GET', exercise, { as })).body.tests.length).toBe(2)

    const tests = [{ name: 'small', args: [1, 2], expected: -1 }]
    expect(await statusOf('PATCH', exercise, { as, body: { tests } })).toBe(200)
    const regraded = await call<Regrade>('POST', `${exercise}/regrade`, { as })
    expect(regraded.body).toMatchObject({ judged: 3, changed: [{}, {}, {}] })
    expect(await statusOf('DELETE', `${exercise}?submissions=delete`, { as })).toBe(204)
  })

  it('may nothing else: not the course, nor who teaches it, nor another one', async () => {
    const course = await addCourse()
    await name(course, 'berger')
    const as = 'berger'
    const teachers = [await idOf('bert')]
    for (const body of [{ teachers }, { teachers: [] }, { name: 'Mine' }])
      expect([body, await statusOf('PATCH', course, { as, body })]).toEqual([body, 403])
    const body = { name: 'a', instructor: 'b', teachers }
    expect(await statusOf('PUT', course, { as, body })).toBe(403)
    expect(await statusOf('DELETE', course, { as })).toBe(403)
    expect(await statusOf('POST', '/api/courses', { as, body: { ...body, code: 'OWN' } })).toBe(403)
    expect(await statusOf('POST', '/api/cars', { as, body: { name: 'Mine' } })).toBe(403)
    expect(await statusOf('GET', '/api/users', { as })).toBe(403)

    const other = await addExercise()
    await submit(other, right, { as: 'anna' })
    expect(await tryAll(as, other)).toEqual([403, 403, 403, 403])
    // By the path of her own course there is no such exercise.
    const led = `${course}/exercises/${other.split('/').at(-1)}`
    expect(await tryAll(as, led)).toEqual([201, 404, 404, 404])
    expect(await statusOf('GET', led, { as })).toBe(404)
    const seen = await call<Exercise>('GET', other, { as })
    expect([seen.body.tests.length, seen.body.hidden_tests]).toEqual([1, 1])
    expect((await call('GET', `${other}/submissions`, { as })).body).toEqual([])
  })

  it('is not who makes himself one, nor does a student see the code of another', async () => {
    const exercise = await addExercise()
    const [course = ''] = exercise.split('/exercises')
    const { body: ofAnna } = await submit(exercise, right, { as: 'anna' })
    const as = 'bert'
    const anna = await idOf('anna')
    const body = { teachers: [await idOf(as)] }
    expect(await statusOf('PATCH', course, { as, body })).toBe(403)
    expect(await tryAll(as, exercise)).toEqual([403, 403, 403, 403])
    expect(await teachersOf(course)).toEqual([])
    expect(await statusOf('GET', `${exercise}/submissions/${ofAnna.id}`, { as })).toBe(404)
    const asked = `submissions?member_id=${anna}`
    for (const list of ['submissions', asked, 'scores'].map((it) => `${course}/${it}`))
      expect([list, (await call('GET', list, { as })).body]).toEqual([list, []])
    expect((await call('GET', `${exercise}/${asked}`, { as })).body).toEqual([])
    const own = await call<Submission[]>('GET', `${course}/submissions`, { as: 'anna' })
    expect(own.body.map(({ id }) => id)).toEqual([ofAnna.id])
    // Part of an id, or a wildcard, is nobody's.
    for (const teachers of [['%'], [anna.slice(0, 35)], ['']])
      expect(await statusOf('PATCH', course, { body: { teachers } })).toBe(422)
  })

  it('is somebody with an account; who is named already, stays', async () => {
    const course = await addCourse()
    const [berger, anna] = [await idOf('berger'), await idOf('anna')]
    const typo = `${berger.slice(0, -4)}0000`
    const body = { teachers: [anna, typo] }
    expect(await call('PATCH', course, { body })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '#/teachers/1' }] },
    })
    expect(await teachersOf(course)).toEqual([])
    const other = { code: 'TYPO1', name: 'a', instructor: 'b', teachers: [typo] }
    expect(await statusOf('POST', '/api/courses', { body: other })).toBe(422)
    await name(course, 'berger')
    const disable = (disabled: boolean) =>
      call('PATCH', `/api/users/${berger}`, { body: { disabled } })
    await disable(true)
    const both = { teachers: [berger, anna].toSorted() }
    expect(await statusOf('PATCH', course, { body: both })).toBe(204)
    expect(await teachersOf(course)).toEqual(both.teachers)
    await disable(false)
  })

  it('is named with the version that was read, and shown to everybody', async () => {
    const course = await addCourse()
    const { headers } = await call('GET', course)
    const ifMatch = { 'if-match': headers.get('etag') ?? '' }
    const [one, two] = [await idOf('berger'), await idOf('clara')].toSorted() as [string, string]
    const body = { teachers: [two, one, two] }
    expect(await statusOf('PATCH', course, { body, headers: ifMatch })).toBe(204)
    expect(await statusOf('PATCH', course, { body, headers: ifMatch })).toBe(412)
    const seen = await call<Course>('GET', course, { as: 'anna' })
    expect(seen.body.teachers).toEqual([one, two])
    // A form of before that does not know them leaves them.
    expect(await statusOf('PUT', course, { body: { name: 'a', instructor: 'b' } })).toBe(204)
    expect(await teachersOf(course)).toEqual([one, two])
    const many = Array.from({ length: 21 }, (_, at) => `${one.slice(0, 34)}${at + 10}`)
    expect(await statusOf('PATCH', course, { body: { teachers: many } })).toBe(422)
  })

  it('is one no longer from the commit on that takes it away', async () => {
    const course = await addCourse()
    await name(course, 'berger', 'clara')
    const exercise = await addExercise(addition, course)
    const as = 'berger'
    const change = (title: string) => call('PATCH', exercise, { as, body: { title } })
    const add = () => call('POST', `${course}/exercises`, { as, body: addition })
    const dismissal = name(course, 'clara')
    const during = Array.from({ length: 20 }, (_, at) => [change(`Title ${at}`), add()]).flat()
    const statuses = new Set((await Promise.all(during)).map(({ status }) => status))
    await dismissal
    for (const status of statuses) expect([200, 201, 403, 503]).toContain(status)
    const list = () => call<Exercise[]>('GET', `${course}/exercises`)
    const before = (await list()).body
    expect(await tryAll(as, exercise)).toEqual([403, 403, 403, 403])
    expect((await list()).body).toEqual(before)
    expect((await call<Exercise>('GET', exercise, { as })).body.tests.length).toBe(1)
    expect((await call<Exercise>('GET', exercise, { as: 'clara' })).body.tests.length).toBe(2)
  })

  it('may be disabled or removed; the course stays, and administrators still can', async () => {
    const course = await addCourse()
    const others = [await addCourse(), await addCourse()]
    const names = ['dora', 'emil', 'fritz']
    for (const one of [course, ...others]) await name(one, ...names)
    const exercise = await addExercise(addition, course)
    const [dora, emil, fritz] = await Promise.all(names.map(idOf))
    const token = await system().tokenOf('emil')
    const disabled = { body: { disabled: true } }
    expect(await statusOf('PATCH', `/api/users/${emil}`, disabled)).toBe(200)
    await system().refresh()
    const headers = { authorization: `Bearer ${token}` }
    const refused = { as: null, headers, body: { title: 'No' } }
    expect(await statusOf('PATCH', exercise, refused)).toBe(401)

    const version = (await call('GET', course)).headers.get('etag')
    expect(await statusOf('DELETE', `/api/users/${dora}`, {})).toBe(204)
    system().startTasks()
    const left = [emil, fritz].toSorted()
    for (const one of [course, ...others]) {
      while ((await teachersOf(one)).includes(dora ?? '')) await Bun.sleep(50)
      expect(await teachersOf(one)).toEqual(left as string[])
    }
    expect((await call('GET', course)).headers.get('etag')).not.toBe(version)
    for (const id of left) expect(await statusOf('DELETE', `/api/users/${id}`, {})).toBe(204)
    while ((await teachersOf(course)).length > 0) await Bun.sleep(50)
    expect(await statusOf('PATCH', exercise, { body: { title: 'Still here' } })).toBe(200)
    await name(course, 'berger')
    expect(await statusOf('PATCH', exercise, { as: 'berger', body: { title: 'Hers' } })).toBe(200)
  })
})
