import { expect, it, setDefaultTimeout } from 'bun:test'
import type { NewExercise } from '../../shared/schemas/course.ts'
import type { JudgeState, Submission, SubmissionSummary } from '../../shared/schemas/submission.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { childrenOf } from './judge/hostile/children.ts'
import { addition, right, useCourses, wrong } from './fixture.ts'

// Judging takes a core, which a machine may not have at once.
setDefaultTimeout(90_000)

describeStores('submissions', (makeDatabase) => {
  let now = Date.now()
  const { call, addExercise, submit } = useCourses(makeDatabase, () => now)

  it('reports what is right and wrong', async () => {
    const exercise = await addExercise()
    const good = await submit(exercise, right)
    expect(good).toMatchObject({ status: 201, body: { status: 'pass', score: 100, attempt: 1 } })
    expect(good.headers.get('location')).toBe(`${exercise}/submissions/${good.body.id}`)
    const bad = await submit(exercise, `console.log('trying')\n${wrong}`)
    expect(bad.body).toMatchObject({
      status: 'fail',
      score: 0,
      attempt: 2,
      tests: [
        { name: 'small', status: 'fail', message: 'expected 3, got -1', output: 'trying\n' },
        { name: 'secret', status: 'fail', message: '' },
      ],
    })
    const broken = await submit(exercise, 'function solve(a, b) {\n  return a.b.c\n}')
    expect(broken.body.status).toBe('error')
    expect(broken.body.tests[0]?.message).toMatch(/^TypeError: .*\(line 2\)$/)
    expect((await call('GET', `${exercise}/submissions/${bad.body.id}`)).body).toEqual(bad.body)
  })

  it('weighs the tests', async () => {
    const exercise = await addExercise()
    const half = 'function solve(a, b) { return a === 1 ? 3 : 0 }'
    expect((await submit(exercise, half)).body).toMatchObject({ status: 'fail', score: 25 })
  })

  it('shows a member whether a hidden test passed, and nothing else', async () => {
    const exercise = await addExercise()
    const spies = [
      'function solve(...args) { console.log(args); return args }',
      'function solve(...args) { throw new Error(JSON.stringify(args)) }',
      'globalThis.kept ??= []; const solve = (...a) => (kept.push(a), console.log(kept), kept)',
      'function solve(a) { return "x".repeat(a) }',
    ]
    for (const spy of spies) {
      const { body } = await submit(exercise, spy, { as: 'anna' })
      expect(body.tests[1]).toMatchObject({ name: 'hidden test 1', message: '', output: '' })
      const { code: _, ...told } = body
      expect(JSON.stringify(told)).not.toMatch(/secret|31337|4242|35579|xxxxx/)
      const path = `${exercise}/submissions/${body.id}`
      const { code: __, ...kept } = (await call<Submission>('GET', path, { as: 'anna' })).body
      expect(kept).toEqual(told)
      // Nor is it kept: what is not there cannot be told by mistake.
      const { code: ___, ...all } = (await call<Submission>('GET', path)).body
      expect(all.tests[1]).toMatchObject({ name: 'secret', message: '', output: '' })
    }
  })

  it('hides submissions from other members', async () => {
    const exercise = await addExercise()
    const { body: hers } = await submit(exercise, right, { as: 'anna' })
    const { body: his } = await submit(exercise, wrong, { as: 'bert' })
    const list = async (as: string, query = '') =>
      (await call<SubmissionSummary[]>('GET', `${exercise}/submissions${query}`, { as })).body.map(
        ({ id }) => id,
      )
    expect(await list('anna')).toEqual([hers.id])
    expect(await list('bert', `?member_id=${hers.member_id}`)).toEqual([his.id])
    expect(await list('admin')).toEqual([his.id, hers.id])
    expect(await list('admin', `?member_id=${hers.member_id}`)).toEqual([hers.id])
    const path = `${exercise}/submissions/${hers.id}`
    expect((await call('GET', path, { as: 'bert' })).status).toBe(404)
    expect((await submit(exercise, right, { as: null })).status).toBe(401)
  })

  it('accepts no more attempts than allowed, however many come at once', async () => {
    const exercise = await addExercise({ attempts_max: 3 })
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, at) => submit(exercise, `${right} // ${at % 2}`)),
    )
    const kept = all.filter(({ status }) => status === 201)
    expect(kept.map(({ body }) => body.attempt).toSorted()).toEqual([1, 2, 3])
    expect(all.filter(({ status }) => status === 409)).toHaveLength(5)
    const late = await submit(exercise, right)
    expect(late).toMatchObject({ status: 409, body: { code: 'no_attempts_left' } })
    expect(late.body.tests).toBeUndefined()
    expect((await submit(exercise, right, { as: 'anna' })).status).toBe(201)
  })

  it('closes at its deadline, to the millisecond', async () => {
    const due = new Date(now + 60_000).toISOString()
    const exercise = await addExercise({ due })
    now += 60_000
    expect((await submit(exercise, right)).status).toBe(201)
    now += 1
    const late = await submit(exercise, right)
    expect(late).toMatchObject({ status: 409, body: { code: 'exercise_closed' } })
    expect((await call<unknown[]>('GET', `${exercise}/submissions`)).body).toHaveLength(1)
  })

  it('lets no member monopolise the judge', async () => {
    const exercise = await addExercise()
    const done: string[] = []
    const pile = Array.from({ length: 7 }, async (_, at) => {
      const answer = await submit(exercise, `for (let i = 0; i < 4e6; i++); ${right} // ${at}`, {
        as: 'cleo',
      })
      if (answer.status === 201) done.push('cleo')
      return answer
    })
    while ((await call<JudgeState>('GET', '/api/judge')).body.running === 0) await Bun.sleep(10)
    expect((await submit(exercise, right, { as: 'dora' })).status).toBe(201)
    done.push('dora')
    const refused = (await Promise.all(pile)).filter(
      ({ body }) => body.code === 'submissions_under_way',
    )
    expect(refused).toHaveLength(3)
    for (const { status, headers } of refused) {
      expect([status, headers.get('retry-after')]).toEqual([429, '2'])
    }
    expect(done.indexOf('dora')).toBeLessThanOrEqual(1)
  }, 30_000)

  it('uses up no attempt if the judge was killed from outside', async () => {
    const exercise = await addExercise({ attempts_max: 1 })
    const timer = setInterval(() => {
      for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    }, 10)
    const ended = await submit(exercise, `for (let i = 0; i < 1e8; i++); ${right}`, { as: 'fred' })
    clearInterval(timer)
    expect(ended).toMatchObject({ status: 503, body: { code: 'judge_interrupted' } })
    expect((await call('GET', `${exercise}/submissions`, { as: 'fred' })).body).toEqual([])
    const after = await submit(exercise, right, { as: 'fred' })
    expect(after).toMatchObject({ status: 201, body: { status: 'pass', attempt: 1 } })
  }, 20_000)

  it('returns the stored response to a retry, without another attempt', async () => {
    const exercise = await addExercise({ attempts_max: 1 })
    const headers = { 'idempotency-key': `attempt-${exercise}` }
    const both = await Promise.all([
      submit(exercise, right, { headers }),
      submit(exercise, right, { headers }),
    ])
    const again = await submit(exercise, right, { headers })
    for (const { status, body } of [...both, again]) {
      expect({ status, id: body.id }).toEqual({ status: 201, id: again.body.id })
    }
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await submit(exercise, wrong, { headers })).status).toBe(422)
  })

  it('judges by the current tests if they change meanwhile', async () => {
    const exercise = await addExercise()
    const slow = `for (let i = 0; i < 3e6; i++); ${right}`
    const submitted = submit(exercise, slow)
    const tests = [{ name: 'other', args: [1, 1], expected: 3 }]
    await call('PATCH', exercise, { body: { tests } })
    const { body } = await submitted
    const { body: kept } = await call<Submission>('GET', `${exercise}/submissions/${body.id}`)
    expect(kept).toMatchObject({ tests: [{ name: 'other', status: 'fail' }] })
  })

  it('judges the same code by the same tests once', async () => {
    const exercise = await addExercise()
    const code = `${right} // once`
    const first = await submit(exercise, code, { as: 'anna' })
    const waiting = childrenOf(process.pid) // one that is used is gone
    const again = await submit(exercise, code, { as: 'bert' })
    expect(again.body).toMatchObject({ status: 'pass', attempt: 1, tests: first.body.tests })
    expect(childrenOf(process.pid)).toEqual(waiting)
    await call('PATCH', exercise, { body: { entry: 'answer' } })
    expect((await submit(exercise, code)).body.status).toBe('error')
  })

  it('refuses code that is too large, or missing', async () => {
    const exercise = await addExercise()
    expect((await submit(exercise, '')).status).toBe(422)
    expect((await submit(exercise, 'x'.repeat(70_000))).status).toBe(413)
    expect((await submit(exercise, 'a\0b')).status).toBe(422)
    expect((await submit(`${exercise.slice(0, -4)}0000`, right)).status).toBe(404)
  })

  const languages: [NewExercise['language'], string][] = [
    ['javascript', 'const solve = async (a, b) => a + b'],
    ['typescript', 'const solve = (a: number, b: number): number => a + b'],
    ['python', 'def solve(a, b):\n    return a + b'],
  ]
  for (const [language, code] of languages) {
    it(`runs ${language}`, async () => {
      const exercise = await addExercise({ ...addition, language })
      expect((await submit(exercise, code)).body).toMatchObject({ status: 'pass', score: 100 })
    })
  }

  it('reports what sandboxes the judge', async () => {
    await submit(await addExercise(), right)
    expect((await call('GET', '/api/judge')).body).toMatchObject({ running: 0, waiting: 0 })
  })
})
