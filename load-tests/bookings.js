// @ts-check
import { check } from 'k6'
import { Counter, Gauge } from 'k6/metrics'
import { actAsAdministrator, actAsMember, audit, common, countBooked } from './campus.js'
import { countGivenBack, createResources, invariants, isSmoke, pick } from './campus.js'
import { randomSpan, send, signUpMembers } from './campus.js'

/** @typedef {{ trucks: string[], members: string[], manager: string }} Stage */

// People book under rules, managers decide, and bookings are moved and cancelled, all at once.
export const options = {
  ...common,
  scenarios: {
    bookings: {
      executor: 'constant-vus',
      exec: 'act',
      vus: isSmoke ? 20 : 100,
      duration: isSmoke ? '5s' : '30s',
    },
  },
  thresholds: {
    ...invariants,
    booking_audits: ['count==1'],
    unbacked: ['value==0'],
    orphaned: ['value==0'],
    rule_broken: ['value==0'],
    over_quota: ['value==0'],
    'http_req_duration{name:book}': ['p(95)<3000', 'p(99)<6000'],
    'http_reqs{name:approve}': ['count>0'],
    'http_reqs{name:reject}': ['count>0'],
    'http_reqs{name:move}': ['count>0'],
    'http_reqs{name:cancel}': ['count>0'],
  },
}

const bookingAudits = new Counter('booking_audits')
const faults = {
  unbacked: new Gauge('unbacked'),
  orphaned: new Gauge('orphaned'),
  rule_broken: new Gauge('rule_broken'),
  over_quota: new Gauge('over_quota'),
}
const truckCount = 20
const memberCount = 20
const week = { days: 7, step_minutes: 30, stepsMax: 10 }
const rules = {
  granularity: 'PT30M',
  minimum_duration: 'PT30M',
  maximum_duration: 'PT4H',
  approval: { when: 'longer_than', duration: 'PT2H' },
  quotas: [
    { per: 'day', hours: 12 },
    { per: 'moment', count: 4 },
  ],
}

/** Bookings and requests of this user. @type {string[]} */
let mine = []

/** @returns {Stage} */
export function setup() {
  const manager = actAsAdministrator()
  const body = { type: 'Truck', rules }
  send('POST', '/api/policies', { name: 'create', accepted: [201], body })
  const trucks = createResources('trucks', truckCount).map((path) => path.slice(-36))
  return { trucks, members: signUpMembers(memberCount), manager }
}

/** @param {Stage} stage */
export function act({ trucks, members, manager }) {
  actAsMember(members)
  const dice = Math.random()
  if (dice < 0.4 && __VU % 8 === 0) return decide(manager)
  if (dice < 0.3 && mine.length > 0) return cancel(mine.pop() ?? '')
  if (dice < 0.4 && mine.length > 0) return move(pick(mine))
  book(trucks)
}

/** One truck, any truck, or two at once. @param {string[]} trucks */
function book(trucks) {
  const [first, second] = [pick(trucks), pick(trucks)]
  const kit = first === second ? [first] : [first, second]
  const items = pick([[{ resource_id: first }], [{ type: 'Truck' }], kit.map(toItem)])
  const headers = { 'idempotency-key': `${__VU}-${__ITER}` }
  const ask = { accepted: [201, 409, 422], body: { items, ...toSpan(), title: 'Load' }, headers }
  const answer = send('POST', '/api/bookings', { ...ask, name: 'book' })
  if (answer.status !== 201) return
  mine.push(String(answer.json('id')))
  countBooked(Number(answer.json('items.#')))
  if (Math.random() > 0.1) return
  const again = send('POST', '/api/bookings', { ...ask, name: 'repeat', accepted: [201] })
  check(again, { 'a retry is the same booking': () => again.json('id') === answer.json('id') })
}

/**
 * Decides a pending request, if any: of two concurrent decisions only one succeeds. All deciders
 * are the same user, of whom no more than 17 lists are read at once.
 * @param {string} token
 */
function decide(token) {
  const list = { name: 'pending', accepted: [200], token }
  const ids = send('GET', '/api/bookings?pending=true&limit=20', list).json('#.id')
  if (!Array.isArray(ids) || ids.length === 0) return
  const path = `/api/bookings/${String(pick(ids))}`
  const ask = { accepted: [200, 409], token }
  if (Math.random() < 0.6) return void send('POST', `${path}/approve`, { ...ask, name: 'approve' })
  end(path, { ...ask, name: 'reject' })
}

/** @param {string} id */
function cancel(id) {
  end(`/api/bookings/${id}`, { accepted: [200, 409], name: 'cancel' })
}

/**
 * Releases its time, once.
 * @param {string} path
 * @param {import('./campus.js').Ask} ask
 */
function end(path, ask) {
  const body = { reason: 'Not needed any more' }
  const answer = send('POST', `${path}/${ask.name}`, { ...ask, body })
  if (answer.status === 200) countGivenBack(Number(answer.json('items.#')))
}

/** @param {string} id */
function move(id) {
  // 403: it was approved for its present time only.
  const ask = { name: 'move', accepted: [200, 403, 409, 422], body: toSpan() }
  send('PATCH', `/api/bookings/${id}`, ask)
}

function toSpan() {
  const { from_datetime: from, to_datetime: to } = randomSpan(week)
  return { from, to }
}

/** @param {string} resource_id */
function toItem(resource_id) {
  return { resource_id }
}

export function teardown() {
  actAsAdministrator()
  audit()
  const answer = send('GET', '/api/bookings/audit', { name: 'audit', accepted: [200] })
  for (const [name, gauge] of Object.entries(faults)) gauge.add(Number(answer.json(name)))
  bookingAudits.add(1)
}
