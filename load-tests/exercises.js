// @ts-check
import { Counter } from 'k6/metrics'
import { actAsAdministrator, actAsMember, audit, common, isSmoke, pick, send } from './campus.js'
import { signUpMembers } from './campus.js'

// A class submits code, reads verdicts and scores; some of them are hostile. The judge may refuse
// work when it is busy, but no verdict is wrong, and nobody else is affected.
export const options = {
  ...common,
  scenarios: {
    exercises: {
      executor: 'constant-vus',
      exec: 'work',
      vus: isSmoke ? 8 : 20,
      duration: isSmoke ? '8s' : '30s',
    },
  },
  thresholds: {
    checks: ['rate==1'],
    server_errors: ['count==0'],
    wrong_verdicts: ['count==0'],
    verdicts: ['count>0'],
    audits: ['count==1'],
    // Reading continues while the cores are busy with judging and with this generator.
    'http_req_duration{name:read}': ['p(95)<300'],
    // No submission may exceed the timeout of a request.
    'http_req_duration{name:submit}': ['max<10000'],
  },
}

const verdicts = new Counter('verdicts')
const wrongVerdicts = new Counter('wrong_verdicts')

// Its hidden test must never appear in a member's response.
const exercise = {
  title: 'Addition',
  prompt: 'Return the sum.',
  tests: [
    { name: 'small', args: [1, 2], expected: 3 },
    { name: 'secret', args: [31337, 1], expected: 31338, hidden: true },
  ],
}

/** @type {Record<string, { code: string, status: string }[]>} */
const answers = {
  javascript: [
    { code: 'function solve(a, b) { return a + b } //', status: 'pass' },
    { code: 'function solve(a, b) { return a + b } //', status: 'pass' },
    { code: 'function solve(a, b) { return a - b } //', status: 'fail' },
    { code: 'function solve(a, b) { console.log(a, b); throw new Error(a) } //', status: 'error' },
    { code: 'function solve() { const all = []; for (;;) all.push([]) } //', status: 'error' },
  ],
  python: [
    { code: 'def solve(a, b): return a + b #', status: 'pass' },
    { code: 'def solve(a, b): return a * b #', status: 'fail' },
    { code: 'import js\ndef solve(a, b): return js.process.env #', status: 'error' },
  ],
}
const hostileEvery = 40
const endless = { code: 'function solve() { for (;;); } //', status: 'error' }

export function setup() {
  actAsAdministrator()
  const code = `LOAD-${Date.now().toString(36)}`
  send('POST', '/api/courses', { name: 'create', accepted: [201], body: { code } })
  const path = `/api/courses/${code}`
  const exercises = Object.keys(answers).map((language) => {
    const body = { ...exercise, language }
    const made = send('POST', `${path}/exercises`, { name: 'create', accepted: [201], body })
    return { path: `${path}/exercises/${made.json('id')}`, language }
  })
  return { course: path, exercises, members: signUpMembers(isSmoke ? 4 : 10) }
}

/**
 * @param {{
 *   course: string, exercises: { path: string, language: string }[], members: string[]
 * }} data
 */
export function work({ course, exercises, members }) {
  actAsMember(members)
  const { path, language } = pick(exercises)
  const isHostile = language === 'javascript' && Math.random() < 1 / hostileEvery
  const { code, status } = isHostile ? endless : pick(answers[language] ?? [])
  // All different, so that each is judged.
  const body = { code: `${code} ${__VU} ${__ITER}` }
  const answer = send('POST', `${path}/submissions`, { name: 'submit', accepted: [201, 429], body })
  if (answer.status === 201) {
    verdicts.add(1)
    const told = JSON.stringify({ ...Object(answer.json()), code: '' })
    if (answer.json('status') !== status || told.includes('31337')) wrongVerdicts.add(1)
  }
  send('GET', path, { name: 'read', accepted: [200] })
  send('GET', `${path}/submissions`, { name: 'read', accepted: [200] })
  send('GET', `${course}/scores`, { name: 'read', accepted: [200] })
}

export function teardown() {
  actAsAdministrator()
  audit()
}
