// @ts-check
import { actAsAdministrator, actAsMember, audit, bookTogether, common } from './campus.js'
import { createResources, invariants, isSmoke, pick, randomSpan, releaseBooking } from './campus.js'
import { signUpMembers } from './campus.js'

// Many users want any of a few cars: soon everybody is after the last free ones.
export const options = {
  ...common,
  scenarios: {
    any_of: {
      executor: 'constant-vus',
      exec: 'takeAny',
      vus: isSmoke ? 20 : 100,
      duration: isSmoke ? '5s' : '30s',
    },
  },
  thresholds: {
    ...invariants,
    'http_req_duration{name:book}': ['p(95)<2000', 'p(99)<4000'],
    'http_reqs{name:release}': ['count>0'],
  },
}

const carCount = 20
const memberCount = 4
const day = { days: 1, step_minutes: 60, stepsMax: 4 }
const knownMax = 20

/** @type {string[]} */
let known = []

export function setup() {
  actAsAdministrator()
  createResources('cars', carCount)
  return { members: signUpMembers(memberCount) }
}

/** @param {{ members: string[] }} data */
export function takeAny({ members }) {
  actAsMember(members)
  if (Math.random() < 0.3 && known.length > 0) {
    const id = pick(known)
    known = known.filter((other) => other !== id)
    return releaseBooking(id)
  }
  const ids = bookTogether({ items: [{ type: 'Car' }], ...randomSpan(day) })
  known = [...known, ...ids].slice(-knownMax)
}

export function teardown() {
  actAsAdministrator()
  audit()
}
