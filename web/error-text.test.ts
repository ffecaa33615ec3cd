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

it('what the server says in English is said to others in their language', () => {
  const problem = { type: 'about:blank', title: 'Conflict', status: 409, code: 'still_out' }
  const refused = new ProblemError({ ...problem, detail: 'This Car is still checked out.' })
  expect(describeError(refused)).toBe('This Car is still checked out.')
  // In the language of the test.
  expect(describeError(refused, 'de')).toBe(en['error.still_out'])
})

// A booking that has begun can be changed: only its end closes it.
it('a booking that is over is not said to have begun', () => {
  const problem = { type: 'about:blank', title: 'Conflict', status: 409, detail: '' }
  const over = describeError(new ProblemError({ ...problem, code: 'booking_over' }))
  expect(over).toBe('It is over and can no longer be changed.')
  expect(en['error.booking_over']).not.toMatch(/beg[au]n/)
  expect(de['error.booking_over']).not.toMatch(/begonnen/)
})
