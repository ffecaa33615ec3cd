import { expect } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Handover } from '../../shared/schemas/handover.ts'
import type { Walk } from './document-walk.ts'
import { hour_ms } from '../../shared/duration.ts'

/** What members request, and what they pick up. */
export async function walkBookings(walk: Walk): Promise<void> {
  await decideRequests(walk)
  await readInbox(walk)
  await handOver(walk)
}

/** Decides what a member has requested: one is approved, and cancelled; another rejected. */
async function decideRequests(walk: Walk): Promise<void> {
  const send = createSend(walk)
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
  const change = { body: { scope: 'all', title: 'Delivery to Kassel' } }
  expect(await send('changeBookingSeries', change)).toMatchObject({ status: 200 })
  expect(await send('decideBookingSeries')).toMatchObject({ status: 200, body: { left: 0 } })
}

/** The requester is notified of decisions within a second or two. */
async function readInbox(walk: Walk): Promise<void> {
  const send = createSend(walk)
  const list = async () =>
    (await send('listNotifications', { as: 'anna' })).body as { id: string }[]
  let [first] = await list()
  for (let tries = 0; !first && tries < 200; tries++) {
    await Bun.sleep(100)
    first = (await list())[0]
  }
  walk.learn(`/api/notifications/${first?.id}/read`)
  expect((await send('readNotification', { as: 'anna' })).status).toBeLessThan(300)
}

/** Picks up what is booked, keeps it longer, and brings it back. */
async function handOver(walk: Walk): Promise<void> {
  const send = createSend(walk)
  const inHours = (hours: number) => new Date(Date.now() + hours * hour_ms).toISOString()
  const span = { from: inHours(0), to: inHours(2) }
  const body = { items: [{ type: 'Car' }], title: 'Picked up', ...span }
  const made = await send('createBooking', { as: 'anna', body })
  walk.learn(made.headers.get('location') ?? '')
  const steps = {
    checkOutBooking: {},
    extendBooking: { body: { to: inHours(3) } },
    returnBooking: {},
  }
  for (const [id, options] of Object.entries(steps)) {
    expect([id, (await send(id, options)).status]).toEqual([id, 200])
  }
  const { items } = made.body as Booking
  walk.learn(`/api/qr_codes/${items[0]?.resource_id}`)
  const { body: drawn } = await send('drawResourceCode')
  const [, code] = /monospace[^>]*>([^<]+)</.exec(String(drawn)) ?? []
  walk.learn(`/api/resource_codes/${code}`)
  expect((await send('readResourceCode')).status).toBe(200)
  const { body: handovers } = await send('listHandovers')
  expect(handovers).toMatchObject([{ returned: { odometer: 48_210 } }])
  const [handover] = handovers as Handover[]
  walk.learn(`/api/handovers/${handover?.id}`)
  // As in the example, what is there is not changed.
  const returned = { odometer: 48_211 }
  const correction = { body: { returned, reason: 'A digit was read wrong' } }
  expect(await send('correctHandover', correction)).toMatchObject({ body: { returned } })
  expect(await send('getHandover')).toMatchObject({ status: 200, body: { returned } })
  expect((await send('listCorrections')).body).toHaveLength(1)
  expect((await send('listHandoverPhotos')).body).toEqual([])
}

function createSend(walk: Walk) {
  return async (id: string, options = {}) => {
    const operation = walk.operations.find((it) => it.id === id)
    if (!operation) throw new Error(`There is no ${id}`)
    return walk.send(operation, options)
  }
}
