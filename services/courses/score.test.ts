import { expect, it, setDefaultTimeout } from 'bun:test'
import type { MemberScores, Regrade } from '../../shared/schemas/submission.ts'
import type { ScoreEvents } from '../../shared/schemas/score-event.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { toAnswer } from '../testing/use-system.ts'
import { addition, right, useCourses, wrong } from './fixture.ts'

// Judging takes a core, which a machine may not have at once.
setDefaultTimeout(90_000)

describeStores('scores', (makeDatabase) => {
  const { call, addCourse, addExercise, submit, system } = useCourses(makeDatabase)
  const byHand = (text: string) => changeByHand(system().databaseUrlOf('courses'), text)

  async function listEvents(after?: string): Promise<ScoreEvents> {
    const headers = {
      'x-service-token': await system().signServiceToken('notifications', 'courses'),
    }
    const path = `/api/scores/events${after === undefined ? '' : `?after=${after}`}`
    return (await toAnswer<ScoreEvents>(await system().send('GET', path, { as: null, headers })))
      .body
  }

  async function eventsOf(exercise: string) {
    const { events } = await listEvents()
    return events.flatMap((it) => (exercise.endsWith(it.exercise_id) ? it.data : []))
  }

  const half = 'function solve(a, b) { return a === 1 ? 3 : 0 }'

  it('counts the best of each member, and the mean over the course', async () => {
    const course = await addCourse()
    const one = await addExercise({ title: 'One' }, course)
    await addExercise({ title: 'Two' }, course)
    for (const code of [half, right, wrong]) await submit(one, code, { as: 'anna' })
    await submit(one, half, { as: 'bert' })
    const { body } = await call<MemberScores[]>('GET', `${course}/scores`)
    const of = (name: string) => body.find(({ email }) => email.startsWith(name))
    expect(of('anna')).toMatchObject({
      total: 50,
      exercises: [{ title: 'One', score: 100, attempts: 3 }],
    })
    expect(of('bert')).toMatchObject({ total: 12.5, exercises: [{ score: 25, attempts: 1 }] })
    const { body: own } = await call<MemberScores[]>('GET', `${course}/scores`, { as: 'bert' })
    expect(own).toEqual([of('bert')] as MemberScores[])
    expect((await call('GET', `${course}/scores`, { as: null })).status).toBe(401)
  })

  it('is exported as CSV that no spreadsheet executes', async () => {
    const course = await addCourse()
    const one = await addExercise({ title: '=SUM(A1), "or so"' }, course)
    await addExercise({ title: 'Two' }, course)
    await submit(one, right, { as: 'anna' })
    const { body, headers } = await call<string>('GET', `${course}/scores.csv`)
    expect(headers.get('content-type')).toContain('text/csv')
    expect(body).toBe(
      `email,name,"'=SUM(A1), ""or so""",Two,total\r\nanna@test.example,anna,100,,50\r\n`,
    )
    const { body: none } = await call<string>('GET', `${course}/scores.csv`, { as: 'bert' })
    expect(none).not.toContain('anna')
  })

  it('pages by member', async () => {
    const course = await addCourse()
    const exercise = await addExercise({}, course)
    const names = ['anna', 'bert', 'cleo']
    for (const as of names) await submit(exercise, right, { as })
    const seen: string[] = []
    let path: string | undefined = `${course}/scores?limit=2`
    while (path) {
      const { body, headers }: { body: MemberScores[]; headers: Headers } = await call('GET', path)
      seen.push(...body.map(({ email }) => email.replace(/@.*/, '')))
      path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen.toSorted()).toEqual(names)
  })

  it('regrades after a test was corrected, and previews who would change', async () => {
    const exercise = await addExercise({ tests: [{ name: 'off', args: [1, 2], expected: -1 }] })
    for (const as of ['anna', 'bert']) await submit(exercise, right, { as })
    const { body: hers } = await submit(exercise, wrong, { as: 'anna' })
    expect(hers.status).toBe('pass')
    await call('PATCH', exercise, { body: { tests: addition.tests } })

    const regrade = async (query: string) => {
      const pages: Regrade[] = []
      let path: string | undefined = `${exercise}/regrade${query}`
      while (path) {
        const { body, headers }: { body: Regrade; headers: Headers } = await call('POST', path)
        pages.push(body)
        path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
      }
      return {
        judged: pages.reduce((sum, { judged }) => sum + judged, 0),
        changed: pages.flatMap(({ changed }) => changed),
      }
    }
    const kept = async () => (await call<unknown[]>('GET', `${exercise}/submissions`)).body

    const before = await kept()
    const dry = await regrade('?dry_run=true&limit=2')
    expect(dry.judged).toBe(3)
    expect(dry.changed).toHaveLength(3)
    expect(dry.changed[2]).toMatchObject({
      submission_id: hers.id,
      email: 'anna@test.example',
      before: { status: 'pass', score: 100 },
      after: { status: 'fail', score: 0 },
    })
    expect(await kept()).toEqual(before)
    expect(await regrade('?limit=2')).toEqual(dry)
    const { body } = await call<MemberScores[]>('GET', `${exercise.split('/exercises')[0]}/scores`)
    expect(body.map(({ total }) => total)).toEqual([100, 100])
    expect(await regrade('')).toEqual({ judged: 3, changed: [] })
    // What changed below somebody's best is nobody's news.
    expect(await eventsOf(exercise)).toMatchObject([{ title: 'Addition', was: 0, score: 100 }])
    await byHand(`UPDATE submissions SET score = 2500 WHERE score > 0`)
    const [first, ...others] = await eventsOf(exercise)
    expect(others).toMatchObject([
      { was: 100, score: 25 },
      { was: 100, score: 25 },
    ])
    expect(new Set(others.map(({ member_id }) => member_id))).toContain(first?.member_id ?? '')
    expect(new Set(others.map(({ member_id }) => member_id)).size).toBe(2)
  })

  it('ends a page of a regrade where the judge stopped, and reports what was judged', async () => {
    const exercise = await addExercise()
    for (let at = 0; at < 4; at++) await submit(exercise, right, { as: 'dora' })
    await submit(exercise, `${half} // his own`, { as: 'emil' })
    await byHand(`UPDATE submissions SET score = 100 WHERE email = 'dora@test.example'`)
    // Its verdict would be used again, and cannot be read.
    await byHand(`UPDATE submissions SET results = 'broken' WHERE email = 'emil@test.example'`)
    const { status, body, headers } = await call<Regrade>('POST', `${exercise}/regrade`)
    expect([status, body.judged, body.changed.length]).toEqual([200, 4, 4])
    const next = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? ''
    expect((await call('POST', next)).status).toBe(500)
  })

  it('are reported to the notifying service, in consecutive pages', async () => {
    const { next } = await listEvents()
    expect(await listEvents(next)).toEqual({ events: [], next })
    const exercise = await addExercise()
    const { body } = await submit(exercise, right, { as: 'anna' })
    await byHand(`UPDATE submissions SET score = 5000 WHERE email = '${body.email}'`)
    const { events } = await listEvents(next)
    const event = events.find(({ exercise_id }) => exercise.endsWith(exercise_id))
    expect(event).toMatchObject({ kind: 'score.changed', data: { was: 100, score: 50 } })
    const all = (await listEvents()).events.length
    await byHand('INSERT INTO event_epochs DEFAULT VALUES')
    expect((await listEvents(next)).events).toHaveLength(all)
  })
})
