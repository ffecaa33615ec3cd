import { expect, it, spyOn } from 'bun:test'
import { ProblemError, unreachable } from '../packages/client/src/problem.ts'
import { describeError } from './error-text.ts'
import de from './locale/de.json'
import en from './locale/en.json'

it('a fault of the program is logged, and not shown as one of the network', () => {
  const log = spyOn(console, 'error').mockImplementation(() => {})
  try {
    const fault = new TypeError('undefined is not a function')
    expect(describeError(fault)).toBe(en['error.unexpected'])
    expect(log.mock.calls).toEqual([[fault]])
    expect(describeError(unreachable(fault))).toBe(en['error.unreachable'])
    expect(log).toHaveBeenCalledTimes(1)
  } finally {
    log.mockRestore()
  }
})

const refusal = (code: string, detail: string) =>
  new ProblemError({ type: 'about:blank', title: 'Conflict', status: 409, code, detail })

it('what the server says in English is said to others in their language', () => {
  const refused = refusal('booking_lost', 'It can only be returned.')
  expect(describeError(refused)).toBe('It can only be returned.')
  // In the language of the test.
  expect(describeError(refused, 'de')).toBe(en['error.booking_lost'])
  // Of what is picked up and of what is not.
  expect(de['error.booking_lost']).toMatch(/zurückgeben.*sagen Sie ab/)
  expect(de['error.daily_limit']).toContain('UTC')
})

it('which booking is in the way and how long to wait is said in any language', () => {
  const out = 'This Car is still checked out, for booking B-7.'
  expect(describeError(refusal('still_out', out), 'de')).toBe(out)
  const wait = 'Limit: 60 requests in 60 s. Retry after 12 s.'
  expect(describeError(refusal('too_many_requests', wait), 'de')).toBe(wait)
})

// A booking that has begun can be changed: only its end closes it.
it('a booking that is over is not said to have begun', () => {
  const problem = { type: 'about:blank', title: 'Conflict', status: 409, detail: '' }
  const over = describeError(new ProblemError({ ...problem, code: 'booking_over' }))
  expect(over).toBe('It is over and can no longer be changed.')
  expect(en['error.booking_over']).not.toMatch(/beg[au]n/)
  expect(de['error.booking_over']).not.toMatch(/begonnen/)
})
