/**
 * Which of what inventory is asked about a booking comes later: a copy that was late on its way
 * does nothing then. A change first has what is not confirmed held for either place, `meanwhile`;
 * what follows is later than that, and earlier than the next change.
 * @param version of the booking, which each change raises; 1 when it was made
 */
export function toFence(version: number, step: 'meanwhile' | 'then'): number {
  return 2 * version - (step === 'meanwhile' ? 2 : 1)
}
