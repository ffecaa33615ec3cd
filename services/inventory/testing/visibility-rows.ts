import type { Subject } from './visibility-fixture.ts'

interface Asked {
  query?: string
  body?: object
}

/**
 * What each operation says of a resource that not everybody sees:
 * - `one`: it names it, and is answered as for an id that nobody has
 * - `list`: it leaves it out
 * - `stream`: its events are left out
 * - `own`: it is of the caller's own entries of the waiting list
 * - `administrators`: nobody else is answered
 * - `types`: it is of types, which everybody sees
 * - `photos`: it is answered with links, see photo.test.ts
 * - `ticket`: it says nothing of resources
 * - `services`: it is for services, which ask for administrators, or say for whom
 */
export type Row =
  | { kind: 'one'; asks: (subject: Subject) => Asked; inside: number; admin: number }
  | { kind: 'list'; queries: (subject: Subject, after: string) => Record<string, string>[] }
  | {
      kind: 'stream' | 'own' | 'photos' | 'administrators' | 'types' | 'ticket' | 'services'
    }

export const nowhere = '01a1fe45-0000-7000-8000-000000000000'

const at = (hour: number) => new Date(Date.UTC(2027, 2, 1, hour)).toISOString()
/** Hours of 1 March 2027. */
export const span = (from: number, to: number) => {
  return { from_datetime: at(from), to_datetime: at(to) }
}

const day = { from: at(0), to: at(24) }
const evening = { from: at(20), to: at(21) }
const window = `?${new URLSearchParams(day)}`
const nothing = () => ({})
const one = (inside: number, admin: number, asks: (subject: Subject) => Asked = nothing) =>
  ({ kind: 'one', inside, admin, asks }) as const
const list = (queries: (subject: Subject, after: string) => Record<string, string>[]) =>
  ({ kind: 'list', queries }) as const

const each = '(Car|Lorry|Truck|Runway|Launchpad|Resource)'
const all = '(Cars|Lorries|Trucks|Runways|Launchpads)'

const table: [string, Row][] = [
  [`create${each}`, { kind: 'administrators' }],
  ['auditAllocations', { kind: 'administrators' }],
  ['(create|change|get|delete)ResourceType', { kind: 'administrators' }],
  ['listResourceTypes', { kind: 'types' }],
  ['create(Allocation|Change)Ticket', { kind: 'ticket' }],
  ['(getBookingHoldings|handOverBookings|releaseBookingsOf)', { kind: 'services' }],
  ['(\\w+Reservations?|readCalendarEntries)', { kind: 'services' }],
  ['(listInventoryEvents|nameResources)', { kind: 'services' }],
  ['(getWaitlistEntry|leaveWaitlist|listWaitlist)', { kind: 'own' }],
  [`get${each}`, one(200, 200)],
  [`change${each}`, one(403, 200, () => ({ body: { note: 'Keys at the desk' } }))],
  [`decommission${each}`, one(403, 204, () => ({ query: '?allocations=cancel' }))],
  ['setResourcePhoto', one(403, 200, () => ({ body: { photo: null } }))],
  ['returnResource', one(403, 409)],
  ['withdrawResource', one(403, 200, () => ({ body: span(6, 12) }))],
  [`allocate${each}`, one(201, 201, () => ({ body: span(18, 24) }))],
  [`list${each}Allocations`, one(200, 200, () => ({ query: window }))],
  [`get${each}Allocation`, one(200, 200)],
  [`change${each}Allocation`, one(200, 200, () => ({ body: { description: 'Later' } }))],
  [`release${each}Allocation`, one(204, 204)],
  [`get${each}Availability`, one(200, 200, () => ({ query: window }))],
  [`list${each}Slots`, one(200, 200, () => ({ query: window }))],
  ['listResourceHistory', one(200, 200)],
  ['(confirmAllocation|listAllocationVersions)', one(200, 200)],
  ['extendAllocation', one(200, 200, () => ({ body: { hold_for: 'PT20M' } }))],
  ['releaseAllocation', one(204, 204)],
  [
    'allocateMany',
    one(201, 201, ({ resource: resource_id }) => {
      return { body: { items: [{ resource_id }], ...span(18, 24) } }
    }),
  ],
  [
    'joinWaitlist',
    one(201, 201, ({ resource: resource_id }) => ({ body: { resource_id, ...span(6, 12) } })),
  ],
  [`list${all}`, list(() => [{ limit: '200' }])],
  [`listFree${all}`, list(() => [{ ...evening, limit: '200' }])],
  [
    'listResources',
    list(({ type, name }) => [
      { limit: '200' },
      { type, q: name },
      { where: 'secret=true', limit: '200' },
    ]),
  ],
  ['linkResourcePhotos', { kind: 'photos' }],
  [
    'listFreeResources',
    list(({ type, name }) => [
      { ...evening, limit: '200' },
      { ...evening, type, q: name },
    ]),
  ],
  [
    'listAllocations',
    list(({ resource: resource_id, type, name, insider: person }) => [
      { ...day, limit: '5000' },
      { resource_id },
      { person, limit: '5000' },
      { ...day, type, q: name },
      { ...day, as_of: new Date().toISOString(), limit: '5000' },
    ]),
  ],
  [
    'listOpenings',
    list(({ type, name }) => {
      const duration = { type, duration: 'PT6H', after: at(18), limit: '200' }
      return [
        duration,
        { ...duration, after: at(20) },
        { ...duration, q: name },
        { ...duration, where: 'secret=true' },
      ]
    }),
  ],
  ['listChanges', list((_, after) => [{ after, limit: '200' }])],
  ['(followAllocations|followChanges)', { kind: 'stream' }],
]

export const rows = table.map(([names, row]) => ({ pattern: new RegExp(`^${names}$`), row }))

export function rowOf(operationId: string): Row | undefined {
  return rows.find(({ pattern }) => pattern.test(operationId))?.row
}
