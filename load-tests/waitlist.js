// @ts-check
import { Counter } from 'k6/metrics'
import { actAsAdministrator, actAsMember, audit, book, common, countServed } from './campus.js'
import { createResources, invariants, isSmoke, pick, randomSpan, releaseBooking } from './campus.js'
import { send, signUpMembers } from './campus.js'

// Few cars and one week: most users must wait, and get what others release.
export const options = {
  ...common,
  scenarios: {
    waitlist: {
      executor: 'constant-vus',
      exec: 'bookOrWait',
      vus: isSmoke ? 20 : 100,
      duration: isSmoke ? '5s' : '30s',
    },
  },
  thresholds: {
    ...invariants,
    'http_req_duration{name:book}': ['p(95)<2000', 'p(99)<4000'],
    'http_req_duration{name:release}': ['p(95)<2000', 'p(99)<4000'],
    'http_reqs{name:wait}': ['count>0'],
    served: ['count>0'],
  },
}

const served = new Counter('served')
const carCount = 5
const memberCount = 20
const week = { days: 3, step_minutes: 60, stepsMax: 4 }

/** Bookings of this user. @type {string[]} */
let mine = []
/** Entries of this user in the waiting list. @type {string[]} */
let waiting = []

export function setup() {
  actAsAdministrator()
  return { cars: createResources('cars', carCount), members: signUpMembers(memberCount) }
}

/** @param {{ cars: string[], members: string[] }} data */
export function bookOrWait({ cars, members }) {
  actAsMember(members)
  if (Math.random() < 0.4 && mine.length > 0) return releaseBooking(mine.pop() ?? '')
  if (Math.random() < 0.4 && waiting.length > 0) return look(waiting.shift() ?? '')
  const car = pick(cars)
  const span = randomSpan(week)
  const answer = book(car, span)
  if (answer.status === 201) mine.push(String(answer.json('id')))
  else
    wait({ ...(Math.random() < 0.5 ? { type: 'Car' } : { resource_id: car.slice(-36) }), ...span })
}

/** @param {object} body */
function wait(body) {
  const answer = send('POST', '/api/waitlist', { name: 'wait', accepted: [201, 409], body })
  if (answer.status === 201) waiting.push(String(answer.json('id')))
}

/** @param {string} id */
function look(id) {
  const answer = send('GET', `/api/waitlist/${id}`, { name: 'look', accepted: [200] })
  if (answer.json('status') !== 'served') return void waiting.push(id)
  served.add(1)
  mine.push(id)
}

export function teardown() {
  actAsAdministrator()
  countServed()
  audit()
}
