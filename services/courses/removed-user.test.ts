import { expect, it } from 'bun:test'
import type { MemberScores, SubmissionSummary } from '../../shared/schemas/submission.ts'
import type { User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { addition, right, useCourses } from './fixture.ts'

describeStores('the submissions of a removed account', (makeDatabase) => {
  const { call, addCourse, addExercise, submit, system } = useCourses(makeDatabase)

  it('are removed, with its scores; those of others stay', async () => {
    const course = await addCourse()
    const exercise = await addExercise(addition, course)
    for (const as of ['anna', 'bert']) {
      expect((await submit(exercise, right, { as })).status).toBe(201)
    }
    const list = async () => {
      const kept = await call<SubmissionSummary[]>('GET', `${exercise}/submissions`)
      const scores = await call<MemberScores[]>('GET', `${course}/scores`)
      return [...kept.body, ...scores.body].map(({ email }) => email)
    }
    expect(await list()).toContain('anna@test.example')

    const { body: anna } = await call<User>('GET', '/api/users/me', { as: 'anna' })
    expect((await call('DELETE', `/api/users/${anna.id}`)).status).toBe(204)
    system().startTasks()
    while ((await list()).includes('anna@test.example')) await Bun.sleep(50)
    expect(await list()).toEqual(['bert@test.example', 'bert@test.example'])
  }, 60_000)
})
