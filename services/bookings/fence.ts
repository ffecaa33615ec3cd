/**
 * Orders inventory's view of changes to a booking, so that a late duplicate has no effect. A change
 * first holds its unconfirmed time for both places (`meanwhile`); `then` is later than that and
 * earlier than the next change.
 * @param version of the booking, raised by each change; 1 when created
 */
export function toFence(version: number, step: 'meanwhile' | 'then'): number {
  return 2 * version - (step === 'meanwhile' ? 2 : 1)
}
