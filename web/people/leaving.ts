import type { Holdings } from '../../shared/schemas/leaving.ts'
import type { User } from '../../shared/schemas/user.ts'
import { untilDone } from '../../shared/until-done.ts'
import { api, ask } from '../api.ts'

export function readAccount(id: string): Promise<User> {
  return ask(api.users.users({ id }).get())
}

export function readHoldings(id: string): Promise<Holdings> {
  return ask(api.users.users({ id }).holdings.get())
}

/** Upcoming bookings of both kinds, and entries in the waiting list; as far as known. */
export function countAhead({ bookings, booked }: Holdings): number {
  return (bookings?.count ?? 0) + (bookings?.waiting ?? 0) + (booked?.count ?? 0)
}

export interface Wanted {
  to: string
  bookings?: true | string[]
  files?: true
}

/** Hands everything over, however much it is. */
export function handOver(id: string, wanted: Wanted): Promise<void> {
  return untilDone(async () => {
    const { bookings, files } = await ask(api.users.users({ id }).hand_over.post(wanted))
    return [bookings, files]
  })
}

export function releaseBookings(id: string): Promise<void> {
  return untilDone(async () => [
    await ask(api.users.users({ id }).release_bookings.post({ bookings: true })),
  ])
}

export async function setDisabled(id: string, disabled: boolean): Promise<void> {
  await ask(api.users.users({ id }).patch({ disabled }))
}
