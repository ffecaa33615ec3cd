import { readInstant } from '../../../shared/instant.ts'
import { conflict, invalid } from '../../../shared/problem.ts'
import type { BundleItem, NewBundle } from '../../../shared/schemas/allocation-bundle.ts'
import type { NewReservation } from '../../../shared/schemas/reservation.ts'
import { noSuchTime } from '../span.ts'

/** Milliseconds since 1970. @throws 422 */
export function readTime(text: string, pointer: string): number {
  const time = readInstant(text)
  if (time === undefined) throw invalid([{ pointer, detail: noSuchTime }])
  return time
}

/** The bundle it is: each item at each span. Multiplied, they would not fit into a request. */
export function toNewBundle({
  items,
  spans,
  ...bundle
}: Omit<NewReservation, 'viewer'>): NewBundle {
  if (!spans) return { ...bundle, items }
  return {
    ...bundle,
    items: spans.flatMap((span) => items.map((item): BundleItem => ({ ...item, ...span }))),
  }
}

export function gone() {
  return conflict('reservation_gone', 'Some of it has expired or was released. Nothing was kept.')
}
