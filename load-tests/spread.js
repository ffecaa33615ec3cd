// @ts-check
import { actAsAdministrator, actAsMember, audit, book, common } from './campus.js'
import { createResources, invariants, isSmoke, pick, randomSpan } from './campus.js'
import { signUpMembers } from './campus.js'

// Requests arrive at this rate whether or not earlier ones have completed, as in reality: a slow
// response does not delay the next request.
const perSecond = Number(__ENV.RATE || (isSmoke ? 200 : 1000))

export const options = {
  ...common,
  scenarios: {
    spread: {
      executor: 'constant-arrival-rate',
      exec: 'bookSomething',
      rate: perSecond,
      timeUnit: '1s',
      duration: isSmoke ? '5s' : '30s',
      preAllocatedVUs: 100,
      maxVUs: 400,
    },
  },
  thresholds: {
    ...invariants,
    // For two cores that also run this generator: far above the usual values, far below what a
    // person would call slow.
    'http_req_duration{name:book}': ['p(95)<200', 'p(99)<500'],
    // Requests that were never sent are missing from the percentiles, which would then look too
    // good.
    dropped_iterations: [`count<${perSecond * 0.1}`],
  },
}

const memberCount = 4
const century = { days: 36_500, step_minutes: 15, stepsMax: 16 }

export function setup() {
  actAsAdministrator()
  const cars = createResources('cars', isSmoke ? 500 : 3000)
  return { cars, members: signUpMembers(memberCount) }
}

/** @param {{ cars: string[], members: string[] }} data */
export function bookSomething({ cars, members }) {
  actAsMember(members)
  book(pick(cars), randomSpan(century))
}

export function teardown() {
  actAsAdministrator()
  audit()
}
