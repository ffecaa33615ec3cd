// @ts-check
import { check, fail } from 'k6'
import http from 'k6/http'
import { Counter, Gauge } from 'k6/metrics'

/**
 * @typedef {{ from_datetime: string, to_datetime: string | null, to_infinity?: boolean }} Span
 * @typedef {{ id: string, from_datetime: string | null }} Found
 * @typedef {Record<string, string>} Headers
 * @typedef {{
 *   name: string, accepted: number[], body?: object, headers?: Headers, token?: string
 * }} Ask
 * @typedef {import('k6/http').RefinedResponse<'text'>} Answer
 */

const baseUrl = __ENV.BASE_URL || 'http://127.0.0.1:3000'
// k6 reads files only while the script loads.
const { ADMIN_PASSWORD = '', ADMIN_PASSWORD_FILE } = __ENV
const adminPassword = ADMIN_PASSWORD_FILE ? open(ADMIN_PASSWORD_FILE) : ADMIN_PASSWORD

/** A quick check that everything works; the figures of such a run mean nothing. */
export const isSmoke = __ENV.SMOKE === 'true'

const serverErrors = new Counter('server_errors')
const audits = new Counter('audits')
const overlaps = new Gauge('overlaps')
const allocations = new Gauge('allocations')
const blockingHolds = new Gauge('blocking_holds')
const waitersPassedOver = new Gauge('waiters_passed_over')
// Made several at a time, with one response for all of them.
const booked = new Counter('booked_together')
// Ended without a release.
const givenBack = new Counter('given_back')
// Made by the waiting list.
const bookedInTurn = new Counter('booked_in_turn')

/** Thresholds of every scenario, however hard the load. */
export const invariants = {
  checks: ['rate==1'],
  server_errors: ['count==0'],
  overlaps: ['value==0'],
  blocking_holds: ['value==0'],
  waiters_passed_over: ['value==0'],
  // An unset gauge reads 0 too, and so does a run without a booking.
  audits: ['count==1'],
  'http_reqs{name:book}': ['count>0'],
}

/** Options of every scenario: resources are made before it, and counted after it. */
export const common = {
  setupTimeout: '120s',
  teardownTimeout: '120s',
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
}

// Losing a race is not a failure here; the statuses of each request are checked separately.
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 299 }, 403, 404, 409, 412, 429))

let complaints = 0
// The current token of this virtual user.
let me = ''

/**
 * Acts as the administrator from now on, with the password in ADMIN_PASSWORD or its file.
 * @returns {string} the token
 */
export function actAsAdministrator() {
  me = logIn('admin', adminPassword)
  return me
}

/**
 * Acts as one of these members from now on.
 * @param {string[]} tokens
 */
export function actAsMember(tokens) {
  me = tokens[__VU % tokens.length] ?? ''
}

/**
 * Signs up members.
 * @param {number} count
 * @returns {string[]} their tokens
 */
export function signUpMembers(count) {
  const run = Date.now().toString(36)
  const password = `password of ${run}`
  return Array.from({ length: count }, (_, at) => {
    const username = `load-${run}-${at}`
    const body = { username, email: `${username}@load.example`, password }
    send('POST', '/api/users', { name: 'sign up', accepted: [201], body, token: '' })
    return logIn(username, password)
  })
}

/**
 * @param {string} username
 * @param {string} password
 * @returns {string} the access token
 */
function logIn(username, password) {
  const body = { username, password }
  const answer = send('POST', '/api/login', { name: 'log in', accepted: [200], body, token: '' })
  if (answer.status !== 200) fail('Nobody can log in. Set ADMIN_PASSWORD.')
  return String(answer.json('access_token'))
}

/**
 * Sends one request, with its check, the counter of 5xx and metrics by name.
 * @param {string} method
 * @param {string} path
 * @param {Ask} ask
 * @returns {Answer}
 */
export function send(method, path, { name, accepted, body, headers, token = me }) {
  const authorization = token ? { authorization: `Bearer ${token}` } : undefined
  const answer = http.request(method, baseUrl + path, body ? JSON.stringify(body) : null, {
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    tags: { name },
    responseType: 'text',
    timeout: '30s',
  })
  if (answer.status >= 500) serverErrors.add(1)
  const isFine = check(answer, {
    [`${name} answers ${accepted.join(', ')}`]: ({ status }) => accepted.includes(status),
  })
  // One example per user shows the fault; thousands would hide it.
  if (!isFine && complaints++ === 0) {
    console.error(`${method} ${path}: ${answer.status} ${answer.error} ${answer.body}`)
  }
  return answer
}

/**
 * Creates resources that nobody else uses.
 * @param {string} segment `cars`, `runways`, …
 * @param {number} count
 * @returns {string[]} their paths
 */
export function createResources(segment, count) {
  const run = Date.now().toString(36)
  return Array.from({ length: count }, (_, at) => {
    const body = { name: `load ${run} ${at}` }
    const answer = send('POST', `/api/${segment}`, { name: 'create', accepted: [201], body })
    if (answer.status !== 201) fail('Without resources there is nothing to book.')
    return `/api/${segment}/${answer.json('id')}`
  })
}

/**
 * Tries to book: 201 if it won, 409 if it lost; anything else is a fault.
 * @param {string} resource path of the resource
 * @param {Span} span
 */
export function book(resource, span) {
  const body = { ...span, description: `user ${__VU}` }
  return send('POST', `${resource}/allocations`, { name: 'book', accepted: [201, 409], body })
}

/**
 * Tries to book several resources at once: all of them, or none with 409.
 * @param {{ items: object[], reference?: string } & Span & { hold_for?: string }} bundle
 * @returns {string[]} the ids of the bookings; none when it lost
 */
export function bookTogether(bundle) {
  const answer = send('POST', '/api/allocations', {
    name: 'book',
    accepted: [201, 409],
    body: { ...bundle, description: `user ${__VU}` },
  })
  if (answer.status !== 201) return []
  const ids = /** @type {string[]} */ (/** @type {unknown} */ (answer.json('allocations.#.id')))
  check(ids, { 'a bundle is whole': ({ length }) => length === bundle.items.length })
  booked.add(ids.length)
  return ids
}

/**
 * Counts allocations made several at a time.
 * @param {number} count
 */
export function countBooked(count) {
  booked.add(count)
}

/**
 * Counts allocations that ended without a release.
 * @param {number} count
 */
export function countGivenBack(count) {
  givenBack.add(count)
}

/**
 * Releases a booking of this user.
 * @param {string} id
 */
export function releaseBooking(id) {
  send('POST', `/api/allocations/${id}/release`, { name: 'release', accepted: [204] })
}

/** Counts the bookings made by the waiting list. */
export function countServed() {
  let path = '/api/waitlist?status=served&limit=200'
  while (path) {
    const answer = send('GET', path, { name: 'list', accepted: [200] })
    bookedInTurn.add(Number(answer.json('#')))
    path = readNext(answer)
  }
}

/**
 * The next page.
 * @param {Answer} answer
 */
export function readNext({ headers }) {
  return /<(?:https?:\/\/[^/>]+)?([^>]+)>; *rel="?next/.exec(headers['Link'] ?? '')?.[1] ?? ''
}

/**
 * All allocations of a resource, page by page.
 * @param {string} resource path of the resource
 * @returns {Found[]}
 */
export function listAllocations(resource) {
  /** @type {Found[]} */
  const all = []
  let path = `${resource}/allocations?limit=200`
  while (path) {
    const answer = send('GET', path, { name: 'list', accepted: [200] })
    all.push(.../** @type {Found[]} */ (/** @type {unknown} */ (answer.json())))
    path = readNext(answer)
  }
  return all
}

/** Ends every scenario: counts overlaps from the rows, over all resources. */
export function audit() {
  const answer = send('GET', '/api/allocations/audit', { name: 'audit', accepted: [200] })
  check(answer, { 'the overlap constraint is in place': () => answer.json('constraint') === true })
  overlaps.add(Number(answer.json('overlaps')))
  blockingHolds.add(Number(answer.json('blocking_holds')))
  waitersPassedOver.add(Number(answer.json('waiters_passed_over')))
  allocations.add(Number(answer.json('allocations')))
  audits.add(1)
}

const minute_ms = 60_000
const start = Date.parse('2040-01-01T00:00:00Z')

/**
 * A span on a grid, so that spans also touch and coincide exactly.
 * @param {{ days: number, step_minutes: number, stepsMax: number }} range
 * @returns {Span}
 */
export function randomSpan({ days, step_minutes, stepsMax }) {
  const from = Math.floor(Math.random() * ((days * 24 * 60) / step_minutes))
  return toSpan({ from, to: from + 1 + Math.floor(Math.random() * stepsMax), step_minutes })
}

/**
 * @param {{ from: number, to: number, step_minutes: number }} steps counted from the same start
 * @returns {Span}
 */
export function toSpan({ from, to, step_minutes }) {
  const at = (/** @type {number} */ step) => new Date(start + step * step_minutes * minute_ms)
  return { from_datetime: at(from).toISOString(), to_datetime: at(to).toISOString() }
}

/**
 * @template Item
 * @param {Item[]} items at least one
 * @returns {Item}
 */
export function pick(items) {
  return /** @type {Item} */ (items[Math.floor(Math.random() * items.length)])
}
