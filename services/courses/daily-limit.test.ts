import { expect, it, setDefaultTimeout } from 'bun:test'
import type { User } from '../../shared/schemas/user.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { right, useCourses } from './fixture.ts'
import { submissionsPerDayMax } from './submissions.ts'
import { hour_ms } from '../../shared/duration.ts'

const noon = Date.parse('2027-03-01T12:00:00Z')

// Judging takes a core, which a machine may not have at once.
setDefaultTimeout(90_000)

describeStores("a member's submissions", (makeDatabase) => {
  const { call, addExercise, submit, system } = useCourses(makeDatabase, () => noon)

  /** Copies of what somebody submitted, so many of them, so many hours ago. */
  async function repeatOf(member: string, count: number, hours: number) {
    const url = system().databaseUrlOf('courses')
    const then = noon - hours * hour_ms
    const [key, created] = url.startsWith('sqlite:')
      ? ['randomblob(16)', then]
      : ['gen_random_uuid()', `to_timestamp(${then / 1000})`]
    await changeByHand(
      url,
      `INSERT INTO submissions (id, exercise_id, exercise_version, member_id, email, attempt, code,
        status, score, results, created)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT ${key}, exercise_id, exercise_version, member_id, email, ${hours} * 1000 + i, code,
        status, score, results, ${created} FROM submissions, n
      WHERE member_id = '${member}' AND attempt = 1`,
    )
  }

  it('are limited per day, over all exercises, however little is judged', async () => {
    const [one, other] = [await addExercise(), await addExercise()]
    const { id } = (await call<User>('GET', '/api/users/me', { as: 'anna' })).body
    expect((await submit(one, right, { as: 'anna' })).status).toBe(201)
    await repeatOf(id, submissionsPerDayMax, 13)
    await repeatOf(id, submissionsPerDayMax - 2, 11)
    // One is left, and what comes at the same moment does not get two.
    const both = await Promise.all([1, 2].map(() => submit(one, right, { as: 'anna' })))
    const codes = both.map(({ status, body }) => [status, (body as { code?: string }).code])
    expect(codes.filter(([status]) => status === 201)).toHaveLength(1)
    expect(codes).toContainEqual([429, 'daily_limit_reached'])
    const refused = await submit(other, right, { as: 'anna' })
    expect(refused).toMatchObject({ status: 429, body: { code: 'daily_limit_reached' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await submit(other, right, { as: 'ben' })).status).toBe(201)
  })

  it('are unlimited for administrators', async () => {
    const exercise = await addExercise()
    expect((await submit(exercise, right)).status).toBe(201)
    const { id } = (await call<User>('GET', '/api/users/me')).body
    await repeatOf(id, submissionsPerDayMax, 1)
    expect((await submit(exercise, right)).status).toBe(201)
  })
})
