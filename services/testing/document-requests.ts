import { expect } from 'bun:test'
import type { Walk } from './document-walk.ts'

/**
 * Decides what a member has requested: one is approved, and cancelled; another rejected. And
 * books a day of a series that was cancelled.
 */
export async function decideRequests(walk: Walk): Promise<void> {
  const send = async (id: string, options = {}) => {
    const operation = walk.operations.find((it) => it.id === id)
    if (!operation) throw new Error(`There is no ${id}`)
    return walk.send(operation, options)
  }
  const rules = { approval: { when: 'always' } }
  await send('createPolicy', { body: { type: 'Lorry', rules } })
  for (const [day, id] of ['approveBooking', 'rejectBooking'].entries()) {
    const span = { from: `2027-07-0${day + 1}T08:00:00Z`, to: `2027-07-0${day + 1}T16:00:00Z` }
    const body = { items: [{ type: 'Lorry' }], title: 'Moving the archive', ...span }
    const made = await send('createBooking', { as: 'anna', body })
    walk.learn(made.headers.get('location') ?? '')
    expect([id, (await send(id)).status]).toEqual([id, 200])
    await send('cancelBooking')
  }
  // The series has been cancelled from that day on.
  expect(await send('createOccurrence')).toMatchObject({ status: 201 })
}
