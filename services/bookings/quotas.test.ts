import { expect, it } from 'bun:test'
import { join } from 'node:path'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { toDrawn } from './policy/overdrawn.ts'
import { createQuotas, type Draw, type Drawn } from './quotas.ts'
import { bookingsTables, type BookingsTables } from './tables.ts'
import { hour_ms } from '../../shared/duration.ts'

const start = Date.parse('2027-03-01T00:00:00Z')
const scopes = ['type:Car', 'organisation']
const toId = (count: number) => `01a1fe45-0000-7000-8000-${String(count).padStart(12, '0')}`

type Dice = (sides: number) => number

/** The same numbers each time. */
function createDice(seed: number): Dice {
  let at = seed
  return (sides) => {
    at = (at * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((at / 2_147_483_648) * sides)
  }
}

/** Bookings of two people, some cancelled, some being moved. @returns Anna's that count */
async function fill(store: Store, tables: BookingsTables, roll: Dice): Promise<Drawn[]> {
  const counted: Drawn[] = []
  const toSpan = () => {
    const from = start + roll(240) * hour_ms
    return { from_datetime: from, to_datetime: from + (1 + roll(30)) * hour_ms }
  }
  for (let count = 0; count < 120; count++) {
    const [booking_id, quota_scope] = [toId(count), scopes[roll(2)] ?? '']
    const state = roll(3) === 0 ? 'cancelled' : 'confirmed'
    const person = roll(4) === 0 ? 'bert' : 'anna'
    const now = toSpan()
    const places = [now, ...(roll(4) === 0 ? [toSpan()] : [])]
    const said = { title: 'x', note: '', search_text: '', created: start, number: booking_id }
    const who = { booked_for: person, created_by: person, changed_by: person }
    const unsettled = places.length > 1 ? start : null
    const row = { ...said, ...who, ...now, id: booking_id, state, unsettled }
    await store.db.insert(tables.bookings).values(row)
    const item = { booking_id, allocation_id: booking_id, resource_id: booking_id, quota_scope }
    const rows = places.map((place, is_next) => {
      return { ...item, ...place, is_next, position: 0, resource_type: 'Car' }
    })
    await store.db.insert(tables.booking_items).values(rows)
    if (person !== 'anna' || state !== 'confirmed') continue
    counted.push(
      ...places.map(({ from_datetime: from, to_datetime: to }) => {
        return { scope: quota_scope, from, to }
      }),
    )
  }
  return counted
}

function rollDraws(roll: Dice): Draw[] {
  return Array.from({ length: 1 + roll(4) }, (_, at): Draw => {
    const from = start + (roll(3) + at) * 24 * hour_ms
    const unit = (['hours', 'count', 'moment'] as const)[roll(3)] ?? 'hours'
    const window = { from, to: from + 24 * hour_ms }
    return { scope: scopes[roll(2)] ?? '', unit, window, max: 0, detail: `${at}`, own: 0 }
  })
}

describeStores('quotas in SQL', (makeDatabase) => {
  it('count the same as judging each booking by itself', async () => {
    const database = await makeDatabase({ migrated: true })
    const stores = createStores()
    const store = await stores.open(database.url.replace('{service}', 'bookings'))
    await store.migrate(join(import.meta.dir, 'migrations'))
    const tables = bookingsTables(store.columns)
    const roll = createDice(4711)
    const counted = await fill(store, tables, roll)
    const quotas = createQuotas(store, tables)
    let refused = 0
    for (let round = 0; round < 40; round++) {
      // Exactly as much as there is, or a little less.
      const draws = rollDraws(roll).map((draw) => {
        const same = counted.filter(({ scope }) => scope === draw.scope)
        const drawn = toDrawn(draw, same)
        return { ...draw, max: drawn - roll(2), drawn }
      })
      const expected = draws.filter(({ drawn, max }) => drawn > max)
      const asked = { draws, person: 'anna', bookingId: toId(1000) }
      expect(new Set(await quotas.findOverdrawn(asked))).toEqual(new Set(expected))
      refused += expected.length
    }
    expect(refused).toBeGreaterThan(10)
    await stores.close()
    await database.remove()
  })
})
