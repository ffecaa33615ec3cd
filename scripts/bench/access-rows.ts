import { campaignEnvironment } from '../harness/administrator.ts'
import { isBefore, runClients } from '../harness/clients.ts'
import { median } from '../harness/figure.ts'
import { makeCars } from './cars.ts'
import { compare, overHttp } from './compare.ts'
import { toMeasurement, type Measurement, type Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** The cost of authentication. */
export const accessRows: Row[] = [
  {
    name: 'token',
    what: 'bookings with a token that was seen before, against no check at all',
    goal: { bound: 'at least', value: 0.95, unit: '' },
    measure: () => withBench(againstNoCheck),
  },
  {
    name: 'login',
    what: 'logins (argon2id, 19 MiB, 2 passes) beside bookings on 64 connections',
    goal: { bound: 'at least', value: 20, unit: '/s' },
    measure: () => withBench(async (bench) => (await loginBesideBookings(bench)).logins),
  },
  {
    name: 'beside',
    what: 'bookings beside 20 logins a second, against bookings alone',
    goal: { bound: 'at least', value: 0.8, unit: '' },
    measure: () => withBench(async (bench) => (await loginBesideBookings(bench, 20)).bookings),
  },
  {
    name: 'timing',
    what: 'the time of a wrong password, against that of an unknown name (the longer one first)',
    goal: { bound: 'at most', value: 1.05, unit: '×' },
    measure: () => withBench(wrongAgainstUnknown),
  },
]

async function againstNoCheck(bench: Bench): Promise<Measurement> {
  const checked = await bench.start(['users', 'inventory'])
  const open = await bench.startScript('without-access')
  const contestants = [
    overHttp('with a token', checked.url, await makeCars(checked.url)),
    overHttp('no check', open.url, await makeCars(open.url)),
  ]
  return toMeasurement(await compare(contestants))
}

const length_ms = 4000
// A morning's concurrent logins; more would only wait longer.
const loginsAtOnce = 8

/** @param perSecond logins a second; as many as possible when left out */
async function loginBesideBookings(bench: Bench, perSecond = Infinity) {
  const { url } = await bench.start(['users', 'inventory'])
  const { load } = overHttp('bookings', url, await makeCars(url))
  await load(1500)
  const before = await load(length_ms)
  const until = Date.now() + length_ms
  let logins = 0
  const [beside] = await Promise.all([
    load(length_ms),
    runClients(loginsAtOnce, isBefore(until), async () => {
      const next = Date.now() + (1000 * loginsAtOnce) / perSecond
      await requireLogin(url)
      logins++
      await Bun.sleep(Math.max(0, next - Date.now()))
    }),
  ])
  const after = await load(length_ms)
  const alone = (before.perSecond + after.perSecond) / 2
  const rate = (logins / length_ms) * 1000
  const notes = [
    `bookings alone ${Math.round(alone)}/s, beside logins ${Math.round(beside.perSecond)}/s`,
    `${rate.toFixed(1)} logins/s`,
  ]
  return {
    logins: { value: rate, notes },
    bookings: { value: beside.perSecond / alone, notes },
  }
}

async function requireLogin(url: string): Promise<void> {
  const status = await logIn(url, 'admin', campaignEnvironment.ADMIN_PASSWORD)
  if (status !== 200) throw new Error('A login was refused')
}

const pairs = 40

async function wrongAgainstUnknown(bench: Bench): Promise<Measurement> {
  const { url } = await bench.start(['users', 'inventory'])
  const times = { admin: [] as number[], 'nobody-here': [] as number[] }
  // The first ones warm up caches.
  for (let at = -3; at < pairs; at++) {
    for (const name of ['admin', 'nobody-here'] as const) {
      const begin = performance.now()
      if ((await logIn(url, name, 'not the password')) !== 401) throw new Error('It was let in')
      if (at >= 0) times[name].push(performance.now() - begin)
    }
  }
  const [wrong, unknown] = [median(times.admin), median(times['nobody-here'])]
  const notes = [`wrong ${wrong.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms`]
  return { value: Math.max(wrong, unknown) / Math.min(wrong, unknown), notes }
}

async function logIn(url: string, username: string, password: string): Promise<number> {
  const answer = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  await answer.text()
  return answer.status
}
