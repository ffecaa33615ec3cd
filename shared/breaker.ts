import { circuitBreaker, ConsecutiveBreaker, handleAll, handleWhen } from 'cockatiel'

// After this many faults in a row something counts as away.
const faultsMax = 5
// How often it is asked again then: one request waits for it, not all of them.
const halfOpenAfter_ms = 1000

/**
 * A circuit breaker: what is away is not asked, and costs nobody a wait.
 * @param isFault which errors count; by default all of them
 */
export function createBreaker(isFault?: (error: unknown) => boolean) {
  return circuitBreaker(isFault ? handleWhen(isFault) : handleAll, {
    halfOpenAfter: halfOpenAfter_ms,
    breaker: new ConsecutiveBreaker(faultsMax),
  })
}
