// @ts-check
import { actAsAdministrator, actAsMember, audit, book, common } from './campus.js'
import { createResources, invariants, isSmoke, signUpMembers } from './campus.js'
import { pick, randomSpan, send } from './campus.js'

/** @typedef {{ path: string, etag?: string | undefined }} Booking */

// Many users, few cars, one week: soon nearly everything is taken.
export const options = {
  ...common,
  scenarios: {
    overlap: {
      executor: 'constant-vus',
      exec: 'compete',
      vus: isSmoke ? 40 : 100,
      duration: isSmoke ? '5s' : '30s',
    },
  },
  thresholds: {
    ...invariants,
    'http_req_duration{name:book}': ['p(95)<1000', 'p(99)<2000'],
    // The races over one booking must have happened to prove anything.
    'http_reqs{name:move}': ['count>0'],
    'http_reqs{name:release}': ['count>0'],
  },
}

const carCount = 20
// Few, so that many users share a booking and race for it; others, who may not touch it, try too.
const memberCount = 4
const week = { days: 7, step_minutes: 15, stepsMax: 16 }
const longest_ms = 366 * 24 * 3_600_000
// The bookings a user remembers: enough to meet others, few enough to move on.
const knownMax = 50

/** @type {Booking[]} */
let known = []

export function setup() {
  actAsAdministrator()
  return { cars: createResources('cars', carCount), members: signUpMembers(memberCount) }
}

/** @param {{ cars: string[], members: string[] }} data */
export function compete({ cars, members }) {
  actAsMember(members)
  const dice = Math.random()
  if (dice < 0.7 || known.length === 0) tryToBook(pick(cars))
  else if (dice < 0.85) tryToMove(pick(known))
  else tryToRelease(pick(known))
}

export function teardown() {
  actAsAdministrator()
  audit()
}

/** @param {string} car */
function tryToBook(car) {
  const answer = book(car, wantedSpan())
  // Conflicting bookings are remembered too, and moved and released by other users.
  const seen = answer.status === 201 ? [answer.json('id')] : (answer.json('conflicts.#.id') ?? [])
  for (const id of /** @type {string[]} */ (seen)) known.push({ path: `${car}/allocations/${id}` })
  known = known.slice(-knownMax)
}

/** @param {Booking} booking */
function tryToMove(booking) {
  // With the entity tag of our last move, if any: 412 if somebody else came between.
  const answer = send('PATCH', booking.path, {
    name: 'move',
    accepted: [200, 403, 404, 409, 412],
    body: wantedSpan(),
    ...(booking.etag && { headers: { 'if-match': booking.etag } }),
  })
  if (answer.status === 200) booking.etag = answer.headers['Etag']
  if (answer.status === 412) delete booking.etag
  if (answer.status === 404) forget(booking)
}

/** @param {Booking} booking */
function tryToRelease(booking) {
  const accepted = [204, 403, 404, 412]
  send('DELETE', booking.path, { name: 'release', accepted })
  forget(booking)
}

/** @param {Booking} booking */
function forget(booking) {
  known = known.filter((other) => other !== booking)
}

// Sometimes as long as a member may book: it blocks everybody until it is released.
function wantedSpan() {
  const span = randomSpan(week)
  if (Math.random() > 0.01) return { to_infinity: false, ...span }
  const end = Date.parse(span.from_datetime) + longest_ms
  return { ...span, to_datetime: new Date(end).toISOString(), to_infinity: false }
}
