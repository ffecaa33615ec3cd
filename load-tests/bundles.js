// @ts-check
import { check } from 'k6'
import { Gauge } from 'k6/metrics'
import { actAsAdministrator, actAsMember, audit, bookTogether, common } from './campus.js'
import { createResources, invariants, isSmoke, pick, randomSpan, readNext } from './campus.js'
import { releaseBooking, send, signUpMembers } from './campus.js'

// Kits of three shared things: a third of them are holds, which are confirmed or released.
export const options = {
  ...common,
  scenarios: {
    bundles: {
      executor: 'constant-vus',
      exec: 'takeKit',
      vus: isSmoke ? 20 : 100,
      duration: isSmoke ? '5s' : '30s',
    },
  },
  thresholds: {
    ...invariants,
    partial_bundles: ['value==0'],
    'http_req_duration{name:book}': ['p(95)<2000', 'p(99)<4000'],
    'http_reqs{name:confirm}': ['count>0'],
    'http_reqs{name:release}': ['count>0'],
  },
}

const partialBundles = new Gauge('partial_bundles')
const carCount = 20
const kitSize = 3
const memberCount = 4
const week = { days: 7, step_minutes: 60, stepsMax: 4 }

/** Kits of bookings that are released together. @type {string[][]} */
let kits = []

export function setup() {
  actAsAdministrator()
  return { cars: createResources('cars', carCount), members: signUpMembers(memberCount) }
}

/** @param {{ cars: string[], members: string[] }} data */
export function takeKit({ cars, members }) {
  actAsMember(members)
  if (Math.random() < 0.3 && kits.length > 0) return (kits.pop() ?? []).forEach(releaseBooking)
  // In random order: two users may ask for the same two things the other way round.
  const things = new Set(Array.from({ length: kitSize }, () => pick(cars)))
  const items = [...things].map((path) => ({ resource_id: path.slice(-36) }))
  const hold = Math.random() < 1 / 3 ? { hold_for: 'PT1H' } : {}
  const reference = `${__VU}-${__ITER}-of-${items.length}`
  const ids = bookTogether({ items, reference, ...randomSpan(week), ...hold })
  if (ids.length === 0) return
  kits.push(ids)
  if (hold.hold_for) ids.forEach(confirm)
}

/** @param {string} id */
function confirm(id) {
  send('POST', `/api/allocations/${id}/confirm`, { name: 'confirm', accepted: [200] })
}

export function teardown() {
  actAsAdministrator()
  countPartialBundles()
  audit()
}

/** Counts kits that are only partly stored: a `reference` ends with the size of its kit. */
function countPartialBundles() {
  /** @type {Record<string, number>} */
  const stored = {}
  let path = '/api/allocations?from=2040-01-01T00:00:00Z&to=2040-01-09T00:00:00Z&limit=200'
  while (path) {
    const answer = send('GET', path, { name: 'list', accepted: [200] })
    const references = /** @type {string[]} */ (/** @type {unknown} */ (answer.json('#.reference')))
    for (const reference of references) stored[reference] = (stored[reference] ?? 0) + 1
    path = readNext(answer)
  }
  const found = Object.entries(stored)
  check(found, { 'kits are stored': ({ length }) => length > 0 })
  partialBundles.add(found.filter(([name, rows]) => !name.endsWith(`-of-${rows}`)).length)
}
