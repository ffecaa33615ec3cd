import { hostilePython } from '../../services/courses/judge/hostile/python.ts'
import { wastefulJavascript } from '../../services/courses/judge/hostile/wasteful-javascript.ts'
import type { Exercise, NewExercise } from '../../shared/schemas/course.ts'
import { readAuthorization } from '../harness/administrator.ts'
import { isBefore, runClients } from '../harness/clients.ts'
import { percentile } from '../harness/figure.ts'
import { expectBody } from '../harness/request.ts'
import type { Measurement, Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** How fast submissions are judged, and what that costs everyone else. */
export const judgeRows: Row[] = [
  {
    name: 'judge',
    what: 'verdicts on a small exercise, never the same answer twice, four at once',
    goal: { bound: 'at least', value: 20, unit: '/s' },
    measure: () => withBench(verdictsPerSecond),
  },
  {
    name: 'hostile',
    what: 'p99 of a request while hostile code is judged, against without',
    goal: { bound: 'at most', value: 2, unit: '×' },
    measure: () => withBench(besideHostileCode),
  },
]

const load_ms = 15_000
const atOnce = 4

async function verdictsPerSecond(bench: Bench): Promise<Measurement> {
  const { url } = await bench.start([])
  const exercise = await makeExercise(url, 'javascript')
  await submit(exercise, answer(0))
  const times: number[] = []
  let count = 0
  const begin = performance.now()
  await runClients(atOnce, isBefore(Date.now() + load_ms), async () => {
    const start = performance.now()
    const status = await submit(exercise, answer(++count))
    if (status !== 'pass') throw new Error(`A right answer was judged ${status}`)
    times.push(performance.now() - start)
  })
  const value = times.length / ((performance.now() - begin) / 1000)
  const alone: number[] = []
  for (let at = 0; at < 40; at++) {
    const start = performance.now()
    await submit(exercise, answer(++count))
    alone.push(performance.now() - start)
  }
  return {
    value,
    notes: [
      `p50 ${toText(times, 0.5)} ms, p95 ${toText(times, 0.95)} ms`,
      `one after the other: p50 ${toText(alone, 0.5)} ms, p95 ${toText(alone, 0.95)} ms`,
    ],
  }
}

async function besideHostileCode(bench: Bench): Promise<Measurement> {
  const { url } = await bench.start([])
  const hostile = [
    ...wastefulJavascript.map(({ code }) => ({ language: 'javascript' as const, code })),
    ...hostilePython.map(({ code }) => ({ language: 'python' as const, code })),
  ]
  const paths = {
    javascript: await makeExercise(url, 'javascript'),
    python: await makeExercise(url, 'python'),
  }
  await readRequests(url, load_ms / 5)
  const calm = await readRequests(url, load_ms)
  let judging = true
  let judged = 0
  const harming = runClients(
    atOnce,
    () => judging,
    async () => {
      const { language, code } = hostile[judged++ % hostile.length] ?? {
        language: 'python',
        code: '',
      }
      await submit(paths[language], `${code}\n${language === 'python' ? '#' : '//'} ${judged}`)
    },
  )
  const beside = await readRequests(url, load_ms)
  judging = false
  await harming
  return {
    value: percentile(beside, 0.99) / percentile(calm, 0.99),
    notes: [
      `${toText(calm, 0.99)} ms without`,
      `${toText(beside, 0.99)} ms beside ${judged} hostile submissions`,
    ],
  }
}

// Far below capacity: this measures waiting for a core, not for our own queue.
const readEvery_ms = 5

/** Times of small requests at a steady pace, in milliseconds. */
async function readRequests(url: string, duration_ms: number): Promise<number[]> {
  const headers = { authorization: await readAuthorization(url) }
  const times: Promise<number>[] = []
  const begin = performance.now()
  while (performance.now() - begin < duration_ms) {
    const start = performance.now()
    const answered = fetch(`${url}/api/courses`, { headers })
    times.push(
      answered.then(async (answer) => {
        await answer.text()
        return performance.now() - start
      }),
    )
    await Bun.sleep(readEvery_ms)
  }
  return Promise.all(times)
}

function answer(number: number): string {
  return `function solve(a, b) { return a + b } // ${number}`
}

const exercise: Omit<NewExercise, 'language'> = {
  title: 'Addition',
  prompt: 'Return the sum.',
  tests: [
    { name: 'small', args: [1, 2], expected: 3 },
    { name: 'negative', args: [-1, 1], expected: 0 },
    { name: 'hidden', args: [20, 22], expected: 42, hidden: true },
  ],
}

async function makeExercise(url: string, language: NewExercise['language']): Promise<string> {
  const code = language.toUpperCase()
  await post(`${url}/api/courses`, { code })
  const path = `${url}/api/courses/${code}/exercises`
  const made = await post<Exercise>(path, { ...exercise, language })
  return `${path}/${made.id}`
}

async function submit(path: string, code: string): Promise<string> {
  const { status, detail } = await post<{ status: string; detail?: string }>(
    `${path}/submissions`,
    { code },
  )
  return detail ?? status
}

async function post<T>(url: string, body: unknown): Promise<T> {
  return expectBody<T>('POST', url, { body })
}

function toText(times: number[], share: number): string {
  return percentile(times, share).toFixed(1)
}
