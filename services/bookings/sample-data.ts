import type { PolicyRules } from '../../shared/schemas/policy.ts'

/** The sample users who book. */
export const names = ['anna', 'ben'] as const
export type Name = (typeof names)[number]

export interface Planned {
  name: Name
  item: { type: string; where?: string }
  /** Days from today, negative for the past; in a room the next working day. */
  day: number
  /** Its starting hour in local time. */
  hour: number
  hours: number
  title: string
}

/** A booking in progress: minutes from now. */
export interface Started extends Pick<Planned, 'name' | 'item' | 'title'> {
  from: number
  to: number
  odometer: number
  /** Undefined while it is checked out. */
  returned?: number
}

interface Policy {
  type: string
  rules: PolicyRules
}

// Cars have no rules: members book them on the timeline too.
export const ofTrucks: Policy = {
  type: 'Truck',
  rules: {
    minimum_duration: 'PT1H',
    maximum_duration: 'P7D',
    granularity: 'PT30M',
    maximum_ahead: 'P180D',
    approval: { when: 'longer_than', duration: 'P1D' },
    quotas: [{ per: 'week', hours: 60 }],
    cancel_until: 'PT2H',
  },
}

const workdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const

export const ofRooms: Policy = {
  type: 'Meeting room',
  rules: {
    opening_hours: [{ days: [...workdays], from: '07:00', to: '20:00' }],
    granularity: 'PT15M',
    maximum_duration: 'PT12H',
    approval: { when: 'longer_than', duration: 'PT4H', decide_within: 'P7D' },
  },
}

const [car, lorry, truck] = [{ type: 'Car' }, { type: 'Lorry' }, { type: 'Truck' }]
const small = { type: 'Meeting room', where: 'seats<=12' }
const hall = { type: 'Meeting room', where: 'seats>=40' }

type Line = [
  name: Name,
  item: Planned['item'],
  day: number,
  hour: number,
  hours: number,
  title: string,
]

const toPlanned = ([name, item, day, hour, hours, title]: Line): Planned => {
  return { name, item, day, hour, hours, title }
}

const toAll = (lines: Line[]) => lines.map(toPlanned)

/** Future bookings. */
export const planned = toAll([
  ['anna', car, 2, 9, 3, 'Visit to a customer in Kassel'],
  ['ben', car, 2, 13, 4, 'Site inspection'],
  ['anna', truck, 3, 7, 9, 'Fair stand to Hanover'],
  ['ben', lorry, 4, 6, 10, 'Moving the archive'],
  ['anna', lorry, 9, 7, 6, 'Furniture for the new office'],
  ['ben', truck, 10, 8, 8, 'Deliveries, northern round'],
  ['ben', truck, 17, 8, 8, 'Deliveries, southern round'],
  ['anna', truck, 24, 7, 10, 'Fair stand back from Hanover'],
  ['anna', lorry, 38, 6, 12, 'Stage for the summer party'],
  ['ben', truck, 52, 8, 8, 'Deliveries, northern round'],
  ['ben', lorry, 66, 7, 5, 'Recycling centre'],
  ['anna', truck, 81, 7, 9, 'Fair stand to Berlin'],
])

/** Past bookings, and meetings in rooms. */
export const besides = toAll([
  ['anna', truck, -26, 7, 9, 'Fair stand to Leipzig'],
  ['ben', car, -22, 9, 6, 'Site inspection in Göttingen'],
  ['ben', lorry, -15, 6, 10, 'Old furniture to the recycling centre'],
  ['anna', small, -12, 10, 2, 'Interviews'],
  ['ben', truck, -6, 8, 8, 'Deliveries, northern round'],
  ['anna', car, -4, 8, 4, 'Visit to a customer in Marburg'],
  ['ben', small, 5, 14, 2, 'Planning of the next quarter'],
  ['anna', hall, 12, 9, 3, 'All hands'],
])

/** Requests that await approval by the rules above. */
export const requested = toAll([
  // Never on the day of the other booking, whatever days are no workdays.
  ['anna', hall, 20, 9, 8, 'Workshop with suppliers'],
  ['ben', truck, 45, 6, 36, 'Two days of deliveries to Hamburg'],
])

export const today: Started[] = [
  {
    name: 'anna',
    item: car,
    from: -240,
    to: 60,
    odometer: 48_210,
    returned: 48_297,
    title: 'Bank and post office',
  },
  { name: 'ben', item: lorry, from: -120, to: 180, odometer: 112_480, title: 'Sand for the yard' },
  // Overdue by the time somebody looks.
  { name: 'ben', item: car, from: -300, to: 0.1, odometer: 23_905, title: 'Airport and back' },
]

/** Weekly, for two months. */
export const series = {
  ...toPlanned(['anna', small, 1, 10, 1, 'Team meeting']),
  rule: 'FREQ=WEEKLY;COUNT=8',
}
