// @ts-check
import { check, sleep } from 'k6'
import { scenario, vu } from 'k6/execution'
import { Counter } from 'k6/metrics'
import { actAsAdministrator, actAsMember, audit, book, common } from './campus.js'
import { createResources, invariants, isSmoke, listAllocations } from './campus.js'
import { signUpMembers, toSpan } from './campus.js'

const users = isSmoke ? 50 : 100
const slots = isSmoke ? 40 : 300
const memberCount = 4
// All wait for the same moment, so that their requests are simultaneous.
const pause_ms = 100
// The slot grid of runways.
const slot_minutes = 15

const won = new Counter('slots_won')

// All users want the first slot of one runway; then all want the second; and so on.
export const options = {
  ...common,
  scenarios: {
    hot_slot: {
      executor: 'per-vu-iterations',
      exec: 'wantTheSame',
      vus: users,
      iterations: slots,
      maxDuration: '5m',
    },
  },
  thresholds: {
    ...invariants,
    'http_req_duration{name:book}': ['p(95)<1000', 'p(99)<2000'],
    'http_reqs{name:book}': [`count==${users * slots}`],
    // Exactly one winner per slot: two in one and none in another would add up as well.
    ...Object.fromEntries(
      Array.from({ length: slots }, (_, slot) => [`slots_won{slot:${slot}}`, ['count==1']]),
    ),
  },
}

export function setup() {
  actAsAdministrator()
  const [runway] = createResources('runways', 1)
  return { runway, members: signUpMembers(memberCount) }
}

/** @param {{ runway: string, members: string[] }} data */
export function wantTheSame({ runway, members }) {
  actAsMember(members)
  const slot = vu.iterationInScenario
  sleep(Math.max(0, scenario.startTime + slot * pause_ms - Date.now()) / 1000)
  const span = slotSpan(slot)
  const answer = book(runway, span)
  if (answer.status === 201) return won.add(1, { slot: String(slot) })
  check(answer, {
    'a loser is told the one booking in the way': () =>
      answer.json('conflicts.#') === 1 &&
      answer.json('conflicts.0.from_datetime') === span.from_datetime,
  })
}

/** @param {{ runway: string }} data */
export function teardown({ runway }) {
  actAsAdministrator()
  const taken = listAllocations(runway).map(({ from_datetime }) => from_datetime)
  const wanted = Array.from({ length: slots }, (_, slot) => slotSpan(slot).from_datetime)
  check(taken, {
    'each slot is in the list, once': () => taken.join() === wanted.join(),
  })
  audit()
}

/** @param {number} slot */
function slotSpan(slot) {
  return toSpan({ from: slot, to: slot + 1, step_minutes: slot_minutes })
}
